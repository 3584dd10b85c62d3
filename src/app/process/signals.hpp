#pragma once

#include <chrono>

namespace tapes::app {

/// Waits for SIGINT, SIGTERM and SIGHUP on the main thread: a terminal that goes away stops the process as
/// Ctrl-C does. SIGHUP is left alone where who started the process had it ignored (nohup). Make it before
/// other threads are started: they inherit the mask. It also makes the process ignore SIGPIPE and SIGXFSZ.
class stop_signals {
public:
    stop_signals();

    /// Waits for a signal, at most for `time`. Returns true when one came.
    bool wait_for(std::chrono::milliseconds time) const;
    void wait() const;
};

}  // namespace tapes::app
