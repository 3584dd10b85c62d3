#pragma once

#include <tapes/config/config.hpp>
#include <tapes/store/entry.hpp>

#include <string>

namespace tapes::app {

/// Sets the process's log up: lines on standard error, as text or as one JSON object each. Info lines are
/// buffered until `flush_log`, a second has passed or a warning comes; so a burst of exchanges costs few
/// system calls.
void start_log(const config::log_settings& how);
void flush_log();

/// One line at info for an exchange that was settled: id, route, status, tokens, times, end.
void log_exchange(const store::entry& settled);

}  // namespace tapes::app
