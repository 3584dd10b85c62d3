#pragma once

#include "screen/screen.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/read/exchange_difference.hpp>
#include <tapes/read/session_difference.hpp>

namespace tapes::app {

class difference_text;

/// Writes two exchanges: their figures side by side, then what differs from the request to the answer.
void write_exchanges(const read::exchange_comparison& from, bool stat, const screen& to,
                     difference_text& text, printer& out);

/// Writes the figures of two sessions side by side.
void write_sessions(const read::session_comparison& from, const screen& to, printer& out);

/// "thread 2 (subagent), 3 turns"
std::string title_of(const read::thread_side& one);

}  // namespace tapes::app
