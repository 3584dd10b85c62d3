#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace tapes::relay {

/// Counts the connections that are open. Thread-safe.
class connection_count {
public:
    void add() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }

    void remove() noexcept {
        if (count_.fetch_sub(1) == 1) {
            const std::lock_guard guard{mutex_};
            none_.notify_all();
        }
    }

    std::size_t get() const noexcept { return count_.load(std::memory_order_relaxed); }

    /// Waits until none is open, at most for `limit`. False when some still are.
    bool wait_none(std::chrono::milliseconds limit) {
        std::unique_lock lock{mutex_};
        return none_.wait_for(lock, limit, [this] { return count_.load() == 0; });
    }

private:
    std::atomic<std::size_t> count_{0};
    std::mutex mutex_;
    std::condition_variable none_;
};

}  // namespace tapes::relay
