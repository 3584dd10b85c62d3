#pragma once

#include <tapes/config/config.hpp>
#include <tapes/store/entry.hpp>

#include <string>

namespace tapes::app {

/// Starts the log of the process: lines on standard error, as text or as one JSON object each. Info lines are
/// buffered until flush_log(), a warning, or the next second, so a burst of exchanges costs few system calls.
void start_log(const config::log_settings& settings);
void flush_log();

/// Logs one line for a settled exchange, at level info: id, route, status, tokens, times, and how it ended.
void log_exchange(const store::entry& settled);

}  // namespace tapes::app
