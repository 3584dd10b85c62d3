#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace tapes::test {

/// Waits until the condition holds, at most for `patience`; returns whether it does. For state that signals
/// nothing: it is looked at again after each `interval`.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds patience = std::chrono::seconds(40),
                       std::chrono::milliseconds interval = std::chrono::milliseconds(1)) {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock{mutex};
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        never.wait_for(lock, interval);
    }
    return true;
}

/// Returns whether the condition holds all the time for so long.
inline bool stays(const std::function<bool()>& condition, std::chrono::milliseconds period) {
    return !eventually([&condition] { return !condition(); }, period);
}

}  // namespace tapes::test
