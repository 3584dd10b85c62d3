#include "markdown/inert.hpp"

#include <tapes/text/visible.hpp>

#include <algorithm>
#include <cstddef>

namespace tapes::exports {

namespace {

constexpr std::size_t least_fence = 3;

/// The longest run of a character.
std::size_t longest_run(std::string_view text, char of) noexcept {
    std::size_t longest = 0;
    std::size_t run = 0;
    for (const char c : text) {
        run = c == of ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

/// The fence that a line is, or begins a block with.
struct fence {
    char mark = '\0';      ///< '\0': it is none
    std::size_t size = 0;  ///< of the run
    std::size_t indent = 0;
    std::string_view behind;  ///< what follows the run
};

fence fence_of(std::string_view line) noexcept {
    fence made;
    made.indent = std::min(line.find_first_not_of(" \t"), line.size());
    const auto rest = line.substr(made.indent);
    if (rest.empty() || (rest.front() != '`' && rest.front() != '~')) {
        return made;
    }
    const auto size = std::min(rest.find_first_not_of(rest.front()), rest.size());
    const auto behind = rest.substr(size);
    if (size >= least_fence && (rest.front() == '~' || behind.find('`') == std::string_view::npos)) {
        made = {rest.front(), size, made.indent, behind};
    }
    return made;
}

/// Appends a line of ordinary Markdown with all that could act taken from it.
void append_inert_line(std::string& out, std::string_view line) {
    // A fence behind the mark of a list or of a quote would open a block that is not followed here.
    const auto start = std::min(line.find_first_not_of(" \t>*+-0123456789.)"), line.size());
    const bool inner_fence = line.substr(start).starts_with("```") || line.substr(start).starts_with("~~~");
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        const char next = i + 1 < line.size() ? line[i + 1] : '\0';
        if (c == '<') {
            out += "&lt;";
        } else if (c == ']' && (next == '(' || next == ':' || next == '[')) {
            out += "]\\";
        } else if (c == '!' && next == '[') {
            out += "!\\";
        } else if (i == start && inner_fence) {
            out.append("\\").push_back(c);
        } else {
            out.push_back(c);
        }
    }
}

}  // namespace

std::string inline_text(std::string_view text) {
    std::string made;
    for (const char c : text::visible(text)) {
        switch (c) {
            case '<':
                made += "&lt;";
                break;
            case '&':
                made += "&amp;";
                break;
            case '\\':
            case '`':
            case '*':
            case '_':
            case '[':
            case ']':
            case '!':
            case '#':
            case '|':
            case '~':
            case '$':
            case '>':
                made.append("\\").push_back(c);
                break;
            default:
                made.push_back(c);
                break;
        }
    }
    return made;
}

std::string fenced(std::string_view text, std::string_view language) {
    const auto shown = text::visible_lines(text);
    const std::string marks(std::max(least_fence, longest_run(shown, '`') + 1), '`');
    return marks + std::string{language} + "\n" + shown + (shown.ends_with('\n') ? "" : "\n") + marks + "\n";
}

std::string inert_markdown(std::string_view text) {
    const auto shown = text::visible_lines(text);
    std::string made;
    fence open;
    for (std::string_view left{shown}; !left.empty();) {
        const auto end = left.find('\n');
        const auto line = left.substr(0, end);
        left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
        const auto found = fence_of(line);
        if (open.mark != '\0') {
            const bool closes = found.mark == open.mark && found.size >= open.size &&
                                found.behind.find_first_not_of(" \t") == std::string_view::npos;
            // Within a list both fence and text are indented: here the block stands for itself.
            const auto indent = std::min(line.find_first_not_of(" \t"), line.size());
            made.append(line.substr(std::min(indent, open.indent)));
            if (closes) {
                made.resize(made.size() - line.size() + std::min(indent, open.indent));
                made.append(open.size, open.mark);
                open = {};
            }
        } else if (found.mark != '\0') {
            // A blank line and no indentation: no list and no paragraph goes on, whatever stood before.
            made.append(made.empty() || made.ends_with("\n\n") ? "" : "\n");
            made.append(found.size, found.mark);
            for (const char c : found.behind) {
                const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                if (plain || c == '+' || c == '-' || c == '_' || c == '.' || c == ' ' || c == '#') {
                    made.push_back(c);
                }
            }
            open = found;
        } else {
            append_inert_line(made, line);
        }
        made.push_back('\n');
    }
    if (open.mark != '\0') {
        made.append(open.size, open.mark).push_back('\n');
    }
    return made;
}

std::string details_open(std::string_view summary) {
    std::string made = "<details>\n<summary>";
    for (const char c : text::visible(summary)) {
        switch (c) {
            case '<':
                made += "&lt;";
                break;
            case '>':
                made += "&gt;";
                break;
            case '&':
                made += "&amp;";
                break;
            default:
                made.push_back(c);
                break;
        }
    }
    return made + "</summary>\n\n";
}

}  // namespace tapes::exports
