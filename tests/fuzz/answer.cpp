// One-shot answers. The first byte names the API.
#include "mapped.hpp"

namespace {

using namespace tapes;
using fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto body = fuzz::text_of(data, size);
    const auto* api = fuzz::take_api(body);
    if (api == nullptr) {
        return -1;
    }
    llm::answer mapped;
    const auto error = api->map_answer(body, mapped);
    if (error == llm::map_error::none) {
        require(!mapped.choices.empty(), "a mapped answer says something");
        fuzz::require_storable(mapped);
    }
    llm::answer again;
    require(api->map_answer(body, again) == error && again.choices.size() == mapped.choices.size(),
            "an answer maps the same each time");
    return 0;
}
