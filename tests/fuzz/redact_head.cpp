// Redaction of heads and targets, and the collection of an exchange's credentials.
#include "fuzz.hpp"

#include <tapes/http/redaction.hpp>

#include <string>

namespace {

using namespace tapes;
using fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const http::redactor redactor{"0123456789abcdef0123456789abcdef"};
    const std::string bytes{fuzz::text_of(data, size)};

    const auto target = redactor.redact_target(bytes);
    require(redactor.redact_target(target) == target, "a redacted target stays as it is");
    require(http::collect_credentials({}, target).empty(), "a redacted target holds no credential");

    const auto found = http::collect_credentials(bytes);
    for (std::size_t i = 0; i < found.size(); ++i) {
        require(found[i].size() >= 16, "what is short is no credential");
        require(i == 0 || found[i - 1].size() >= found[i].size(), "the longest comes first");
    }
    std::string head = bytes;
    redactor.redact_head(head);
    redactor.redact_head(head);
    std::string again = head;
    redactor.redact_head(again);
    require(again == head, "a redacted head stays as it is");
    require(http::collect_credentials(head).empty(), "a redacted head holds no credential");
    require(std::ranges::count(head, '\n') <= std::ranges::count(bytes, '\n'), "no line is added");
    return 0;
}
