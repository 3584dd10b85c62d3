#pragma once

#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>

namespace tapes::relay {

/// Counts the connections that are open. Thread-safe.
class connection_count {
public:
    void add() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }

    void remove() noexcept {
        if (count_.fetch_sub(1) == 1) {
            const sync::lock_guard lock{mutex_};  // or one who has just looked would miss it
            none_.notify_all();
        }
    }

    std::size_t get() const noexcept { return count_.load(std::memory_order_relaxed); }

    /// Waits until none is open, at most for `limit`. False when some still are.
    bool wait_none(std::chrono::milliseconds limit) {
        const auto deadline = sync::condition_variable::clock::now() + limit;
        sync::unique_lock lock{mutex_};
        bool in_time = true;
        while (count_.load() > 0 && in_time) {
            in_time = none_.wait_until(lock, deadline);
        }
        return count_.load() == 0;
    }

private:
    std::atomic<std::size_t> count_{0};
    sync::mutex mutex_;  ///< guards nothing but the moment between a look at the count and the wait
    sync::condition_variable none_;
};

}  // namespace tapes::relay
