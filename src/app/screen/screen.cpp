#include "screen/screen.hpp"

#include <tapes/text/utf8.hpp>
#include <tapes/text/visible.hpp>
#include <tapes/text/width.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace tapes::app {

namespace {

constexpr std::size_t usual_width = 80;
constexpr std::size_t least_width = 20;

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view{} : value;
}

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) {
        return std::max<std::size_t>(size.ws_col, least_width);
    }
    const auto told = std::strtoul(std::string{variable("COLUMNS")}.c_str(), nullptr, 10);
    return told == 0 || told > 10'000 ? usual_width : std::max<std::size_t>(told, least_width);
}

bool wants_colour(bool to_terminal, colour_choice choice) {
    if (choice != colour_choice::automatic) {
        return choice == colour_choice::always;
    }
    // https://no-color.org: present and not empty.
    return to_terminal && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

bool is_blank(char32_t point) {
    return point == ' ' || (point >= '\t' && point <= '\r') || point == 0x85 || point == 0xA0 ||
           point == 0x2028 || point == 0x2029 || point == 0x3000;
}

bool only_shapes(char32_t point) {
    return point == 0x200C || point == 0x200D || (point >= 0xFE00 && point <= 0xFE0F);
}

void append_line(std::string& to, std::string_view line, const std::string& margin, std::size_t width) {
    do {
        const auto size = width == 0 ? line.size() : broken_at(line, width);
        to.append(size == 0 ? std::string_view{} : std::string_view{margin})
            .append(line.substr(0, size))
            .push_back('\n');
        line.remove_prefix(size);
        if (line.starts_with(' ')) {
            line.remove_prefix(1);
        }
    } while (!line.empty());
}

}  // namespace

std::size_t broken_at(std::string_view line, std::size_t width) {
    const auto fits = text::fitting(line, width);
    if (fits == line.size()) {
        return fits;
    }
    const auto space = line.substr(0, fits + 1).rfind(' ');
    const auto word = line.find_first_not_of(' ');
    const bool breaks = space != std::string_view::npos && word != std::string_view::npos && space > word;
    return breaks ? space : std::max<std::size_t>(fits, 1);
}

std::string visible_text(std::string_view text) {
    auto made = text::visible_lines(text);
    for (auto at = made.find('\t'); at != std::string::npos; at = made.find('\t', at)) {
        made.replace(at, 1, "    ");
    }
    return made;
}

screen screen_of(const printer& out, const screen_options& options) {
    const bool terminal = out.to_terminal();
    return {terminal ? terminal_width() : 0, style{wants_colour(terminal, options.colour)}};
}

std::string one_line(std::string_view text) {
    std::string line;
    bool space = false;
    while (!text.empty()) {
        const auto part = text::first_utf8(text);
        if (part.valid && is_blank(part.point)) {
            space = !line.empty();
        } else if (!part.valid || !only_shapes(part.point)) {
            if (space) {
                line.push_back(' ');
            }
            space = false;
            text::append_visible(line, text.substr(0, part.size));
        }
        text.remove_prefix(part.size);
    }
    return line;
}

std::string fitted(std::string_view visible, std::size_t width) {
    if (width == 0 || text::width_of(visible) <= width) {
        return std::string{visible};
    }
    return std::string{visible.substr(0, text::fitting(visible, width - 1))} + "…";
}

std::string padded(std::string visible, std::size_t width) {
    visible.append(width - std::min(width, text::width_of(visible)), ' ');
    return visible;
}

void write_indented(printer& out, const screen& to, std::string_view text, std::size_t indent) {
    const std::string margin(indent, ' ');
    const auto width = to.width == 0 ? 0 : to.width - std::min(to.width - 1, indent);
    const auto visible = visible_text(text);
    std::string_view rest = visible;
    std::string lines;
    constexpr std::size_t enough = std::size_t{64} * 1024;
    while (!rest.empty() && !out.gone()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        append_line(lines, rest.substr(0, end), margin, width);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (lines.size() > enough || rest.empty()) {
            out.lines(lines);
            lines.clear();
        }
    }
}

}  // namespace tapes::app
