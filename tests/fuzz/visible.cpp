// What a person is shown of any bytes: nothing hidden, no line of its own, JSON with the same meaning.
#include "fuzz.hpp"

#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>
#include <tapes/text/visible.hpp>
#include <tapes/text/width.hpp>

#include <string>

namespace {

using namespace tapes;
using fuzz::require;

/// The longest escape, `\\u{10ffff}`, stands for four bytes; one of six for a single byte.
constexpr std::size_t growth = 6;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    const auto line = text::visible(bytes);
    require(text::is_visible(line) && text::valid_utf8(line), "a line hides nothing");
    require(text::visible(line) == line, "what is visible is shown as it is");
    require(text::is_visible(bytes) == (line == bytes), "what is shown as it is is visible");
    require(line.size() <= growth * bytes.size(), "escapes have a limit");
    require(text::width_of(line) <= line.size(), "a width is at most that of ASCII");

    const auto lines = text::visible_lines(bytes);
    require(text::valid_utf8(lines) && lines.find('\r') == std::string::npos &&
                lines.find('\x1b') == std::string::npos && lines.size() <= growth * bytes.size(),
            "lines hold no other control than newline and tab");

    std::string json;
    text::append_json_string(json, bytes);
    const auto shown = text::visible_json(json);
    require(text::is_visible(shown), "JSON hides nothing");
    std::string before;
    std::string after;
    require(text::decode_json_string(json, before) == json.size() &&
                text::decode_json_string(shown, after) == shown.size() && before == after,
            "JSON keeps its meaning");
    require(text::valid_utf8(text::visible_json(bytes)), "JSON of any bytes is UTF-8");
    return 0;
}
