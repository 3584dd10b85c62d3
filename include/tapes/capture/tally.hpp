#pragma once

#include <atomic>
#include <cstdint>

namespace tapes::capture {

/// Counts some of the exchanges, such as those of one client. Thread-safe.
struct tally {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> settled{0};  ///< of these: committed or dropped, and destroyed
    std::atomic<std::uint64_t> turns{0};    ///< of these: recorded as turns
};

}  // namespace tapes::capture
