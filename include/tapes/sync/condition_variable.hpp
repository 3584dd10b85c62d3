#pragma once

#include "tapes/sync/mutex.hpp"

#include <chrono>
#include <condition_variable>

namespace tapes::sync {

/// A std::condition_variable for `sync::mutex`. It takes no predicates: the thread safety analysis does not
/// know which locks are held inside a lambda. What is waited for stands in a loop around the wait:
///
///     sync::unique_lock lock{mutex_};
///     while (!done_) changed_.wait(lock);
class condition_variable {
public:
    using clock = std::chrono::steady_clock;

    void notify_one() noexcept { condition_.notify_one(); }
    void notify_all() noexcept { condition_.notify_all(); }

    /// Waits until it is notified, or wakes without a reason.
    void wait(unique_lock& lock);
    /// Waits until it is notified or until `deadline`, or wakes without a reason.
    /// @return false when `deadline` has passed.
    bool wait_until(unique_lock& lock, clock::time_point deadline);
    /// Waits until it is notified or for `duration`, or wakes without a reason.
    /// @return false when `duration` has passed.
    bool wait_for(unique_lock& lock, clock::duration duration);

private:
    std::condition_variable condition_;
};

}  // namespace tapes::sync
