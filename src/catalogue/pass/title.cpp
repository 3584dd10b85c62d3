#include "pass/title.hpp"

#include "pass/content.hpp"

#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>

namespace tapes::catalogue {

namespace {

constexpr std::size_t most_title_bytes = 256;

/// One line, without runs of white space.
std::string one_line(std::string_view text) {
    std::string line;
    bool space = false;
    for (const char c : text) {
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            space = !line.empty();
            continue;
        }
        if (line.size() > most_title_bytes) {
            break;
        }
        line += space ? " " : "";
        line += c;
        space = false;
    }
    line.resize(line.size() > most_title_bytes ? text::character_start(line, most_title_bytes) : line.size());
    return line;
}

}  // namespace

std::string title_of(std::string_view content) {
    for (const auto said : texts_in(content)) {
        auto line = one_line(text::json_unescaped(said.substr(0, 16 * most_title_bytes)));
        if (!line.empty()) {
            return line;
        }
    }
    return {};
}

}  // namespace tapes::catalogue
