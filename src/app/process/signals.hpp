#pragma once

#include <chrono>

namespace tapes::app {

/// SIGINT and SIGTERM, taken in turn by the main thread. Made before other threads, which inherit the mask;
/// SIGPIPE and SIGXFSZ are ignored from then on.
class stop_signals {
public:
    stop_signals();

    /// Waits for one; true when it came.
    bool wait_for(std::chrono::milliseconds time) const;
    void wait() const;
};

}  // namespace tapes::app
