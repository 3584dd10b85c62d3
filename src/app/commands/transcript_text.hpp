#pragma once

#include "screen/screen.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/app/reading.hpp>
#include <tapes/read/transcript.hpp>

namespace tapes::app {

/// Writes the entries of a transcript for people.
class transcript_text {
public:
    transcript_text(printer& out, const screen& to, const shown_record& options)
        : out_{out}, to_{to}, look_{to.look}, options_{options} {}

    void write(const read::entry& one);

private:
    void write(const read::message& one);
    void write(const read::exchange& one);
    void write(const read::branches& one);
    void write(const read::begun_thread& one);

    void write_block(const read::block& one, bool outline);
    void write_text(const read::block& one);
    void write_call(const read::block& one);
    void write_result(const read::block& one);
    /// "  label  what", dimmed and cut to one line.
    void write_note(words colour, std::string_view label, std::string_view text);
    void write_rest(const read::excerpt& of);

    printer& out_;
    const screen& to_;
    const style& look_;
    const shown_record& options_;
};

}  // namespace tapes::app
