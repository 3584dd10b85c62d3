// Strings of JSON, out and in, and the repair of UTF-8.
#include "fuzz.hpp"

#include <tapes/merkle/canonical.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace {

using namespace tapes;
using fuzz::require;

void check_decode(std::string_view bytes) {
    std::string text;
    const std::vector<char> copy(bytes.begin(), bytes.end());
    const auto length = merkle::decode_json_string({copy.data(), copy.size()}, text);
    require(length <= bytes.size(), "a literal lies within its bytes");
    if (length == 0) {
        return;
    }
    require(length >= 2 && bytes[0] == '"' && bytes[length - 1] == '"', "a literal stands between quotes");
    const auto literal = bytes.substr(0, length);
    std::string form;
    require(merkle::canonicalize(literal, form) == merkle::canonical_error::none, "a literal is JSON");
    std::string written;
    merkle::append_json_string(written, text);
    require(written == form, "its canonical form says what it says");
    const auto value = nlohmann::json::parse(literal, nullptr, false);
    if (value.is_string()) {
        require(value.get_ref<const std::string&>() == text, "another parser reads the same text");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    std::string repaired;
    merkle::append_utf8(repaired, bytes);
    std::string again;
    merkle::append_utf8(again, repaired);
    require(again == repaired, "repaired text needs no repair");
    require(
        nlohmann::json(repaired).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).size() >= 2 &&
            repaired.size() <= 3 * bytes.size(),
        "the repair is bounded");
    std::string literal;
    merkle::append_json_string(literal, bytes);
    std::string text;
    require(merkle::decode_json_string(literal, text) == literal.size() && text == repaired,
            "a written string reads back");
    check_decode(bytes);
    return 0;
}
