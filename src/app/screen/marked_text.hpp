#pragma once

#include "screen/screen.hpp"

#include <tapes/app/printer.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::app {

/// A stretch of visible text that is marked or not.
struct marked_run {
    std::string text;
    bool marked = false;

    bool operator==(const marked_run&) const = default;
};

/// Text from elsewhere, visible, as one line: see one_line(). Marks stay where they were.
class marked_text {
public:
    /// Adds text behind what there is.
    void add(std::string_view text, bool marked);
    /// Returns it in lines of at most `width` columns (0: one line), broken at spaces where there are some;
    /// no more than `most` lines, of which the last ends with "…" where it was cut.
    std::vector<std::vector<marked_run>> lines(std::size_t width, std::size_t most) const;

private:
    std::vector<marked_run> runs_;
    bool space_ = false;  ///< white space has come, and nothing behind it
};

/// Writes lines behind `indent` spaces, marks in colour.
void write_marked(printer& out, const screen& to, const std::vector<std::vector<marked_run>>& lines,
                  std::size_t indent);

}  // namespace tapes::app
