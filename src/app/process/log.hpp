#pragma once

#include <tapes/config/config.hpp>
#include <tapes/store/entry.hpp>

#include <string>

namespace tapes::app {

/// Starts the log of the process: lines on standard error, as text or as one JSON object each. Info lines are
/// buffered until flush_log(), a warning, or the next second, so a burst of exchanges costs few system calls.
/// A thread writes them: where nobody reads, the log is dropped beyond 1 MiB, and says so when it flows
/// again.
void start_log(const config::log_settings& settings);
/// Has what is buffered written soon. Waits for nothing.
void flush_log();
/// Waits until the log is written, half a second where nobody reads it. Returns false when something is left.
bool drain_log();

/// Drains the log at the end of a scope, however that is left.
class drained_log {
public:
    drained_log() = default;
    ~drained_log() { (void)drain_log(); }
    drained_log(const drained_log&) = delete;
    drained_log& operator=(const drained_log&) = delete;
};

/// Logs one line for a settled exchange, at level info: id, route, status, tokens, times, and how it ended.
void log_exchange(const store::entry& settled);

}  // namespace tapes::app
