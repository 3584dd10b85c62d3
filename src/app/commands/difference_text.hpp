#pragma once

#include "screen/screen.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/read/difference.hpp>
#include <tapes/read/text_difference.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::app {

/// Writes differences as `diff -u` does: lines that were removed behind `-`, those that were added behind
/// `+`. Words that differ within them are marked, by colour or as `[-old-]` and `{+new+}`.
class difference_text {
public:
    difference_text(printer& out, const screen& to) : out_{out}, look_{to.look} {}

    void write(const read::shown_text& from);
    void write(const read::json_comparison& from);
    /// A message with its blocks. Those that say the same are counted, and told before the next that does
    /// not.
    void write(const read::message_difference& one);
    void write_blocks(const read::message_difference& one);
    /// Tells of the messages that were counted.
    void flush_same();
    /// "@@ … @@"
    void write_title(std::string_view text);
    /// "-old" and "+new", of which either may be empty.
    void write_values(std::string_view left, std::string_view right);

private:
    /// A part of a line: visible, and whether it is marked.
    struct segment {
        std::string text;
        bool marked = false;
    };
    using line = std::vector<segment>;

    /// The lines of a place that differs, as they are gathered.
    struct hunk {
        std::vector<line> left, right;
        line left_line, right_line;
        bool changed = false;
    };

    void add_same(hunk& to, const std::string& visible);
    static void add_changed(std::vector<line>& lines, line& last, const std::string& visible);
    void flush(hunk& from);
    void write_line(read::change kind, const line& parts);
    void write_rest(read::change kind, std::string_view text);

    printer& out_;
    const style& look_;
    std::uint64_t same_ = 0;
};

/// "assistant, turn 3"
std::string title_of(const read::message_side& one);

}  // namespace tapes::app
