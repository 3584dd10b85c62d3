#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/app/screen_options.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::app {

/// Escape sequences for a terminal (ECMA-48 §8.3.117), or nothing.
class style {
public:
    explicit style(bool coloured) : coloured_{coloured} {}

    words bold() const { return coloured_ ? words{"\x1b[1m"} : words{""}; }
    words dim() const { return coloured_ ? words{"\x1b[2m"} : words{""}; }
    words red() const { return coloured_ ? words{"\x1b[31m"} : words{""}; }
    words green() const { return coloured_ ? words{"\x1b[32m"} : words{""}; }
    words yellow() const { return coloured_ ? words{"\x1b[33m"} : words{""}; }
    words cyan() const { return coloured_ ? words{"\x1b[36m"} : words{""}; }
    words reverse() const { return coloured_ ? words{"\x1b[7m"} : words{""}; }
    bool coloured() const noexcept { return coloured_; }
    words plain() const { return coloured_ ? words{"\x1b[m"} : words{""}; }

private:
    bool coloured_;
};

/// Where a command shows the record: how wide it is, and whether there is colour.
struct screen {
    std::size_t width = 0;  ///< columns; 0: no terminal, lines are as long as they are
    style look{false};
};

/// Looks at the terminal and the environment (NO_COLOR, TERM, COLUMNS).
screen screen_of(const printer& out, const screen_options& options);

/// Returns `text` as a part of one line, visible: white space of any kind becomes one space, and what only
/// says how the character before it is drawn is left away.
std::string one_line(std::string_view text);

/// Returns visible text that takes at most `width` columns, the last of which is "…" where it was cut; 0: as
/// it is.
std::string fitted(std::string_view visible, std::size_t width);

/// Returns `visible` with spaces to fill `width` columns.
std::string padded(std::string visible, std::size_t width);

/// Returns text with its lines, visible, and without tabs, whose width depends on where they stand.
std::string visible_text(std::string_view text);

/// Returns how many bytes of a visible line fit into `width` columns, broken before a space where there is
/// one behind a word; at least 1 of a line that has any.
std::size_t broken_at(std::string_view line, std::size_t width);

/// Writes text that has lines of its own, each behind `indent` spaces, broken between words where it is wider
/// than the screen.
void write_indented(printer& out, const screen& to, std::string_view text, std::size_t indent);

}  // namespace tapes::app
