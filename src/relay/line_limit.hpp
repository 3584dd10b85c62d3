#pragma once

#include "watchdog.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace tapes::relay {

/// Limits the lines of one kind in the log to one a second. Lives on one I/O thread.
class line_limit {
public:
    /// Counts one more cause for a line. Returns how many there were since the last line, or 0 where it is
    /// too early for the next one.
    std::uint64_t count(steady_time now) noexcept {
        ++causes_;
        if (now - written_at_ <= std::chrono::seconds{1}) {
            return 0;
        }
        written_at_ = now;
        return std::exchange(causes_, 0);
    }

private:
    steady_time written_at_{};
    std::uint64_t causes_ = 0;
};

}  // namespace tapes::relay
