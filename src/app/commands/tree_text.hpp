#pragma once

#include "screen/screen.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/read/tree.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::app {

/// Whether what is written to a terminal may hold characters beyond ASCII: as LC_ALL, LC_CTYPE or LANG say.
bool locale_has_unicode();

/// Draws the entries of a tree, a line or two each.
class tree_text {
public:
    tree_text(printer& out, const screen& to, bool unicode) : out_{out}, to_{to}, unicode_{unicode} {}

    void write(const read::tree_entry& one);

private:
    void write(const read::tree_branch& one);
    void write(const read::tree_thread& one);
    /// Writes the lines that go down on the left, up to a level, and returns how wide they are.
    std::size_t write_rails(std::size_t level, bool ends_here);
    void set_rail(std::size_t level, bool goes_on);

    printer& out_;
    const screen& to_;
    bool unicode_;
    std::vector<bool> rails_;  ///< at which levels a line goes down
    std::string model_;        ///< that was told last
};

}  // namespace tapes::app
