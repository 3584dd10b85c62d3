#pragma once

#include <atomic>
#include <cstdint>

namespace tapes::capture {

/// The bytes that captures and the work on them may hold in memory and in spill files. Captures may fill 7/8
/// of the memory; the rest is kept for the work that ends them, so work never waits for captures that wait
/// for work. What is done ahead of its time gets no memory beyond the first half. Thread-safe, lock-free.
class budget {
public:
    budget(std::uint64_t memory_bytes, std::uint64_t spill_bytes) noexcept
        : memory_limit_{memory_bytes}, spill_limit_{spill_bytes} {}

    /// Each returns false, and takes nothing, where the limit would be passed.
    [[nodiscard]] bool reserve_capture(std::uint64_t bytes) noexcept {
        return take(memory_, bytes, memory_limit_ - memory_limit_ / 8);
    }
    [[nodiscard]] bool reserve_work(std::uint64_t bytes) noexcept {
        return take(memory_, bytes, memory_limit_);
    }
    [[nodiscard]] bool reserve_early(std::uint64_t bytes) noexcept {
        return take(memory_, bytes, memory_limit_ / 2);
    }
    [[nodiscard]] bool reserve_spill(std::uint64_t bytes) noexcept {
        return take(spill_, bytes, spill_limit_);
    }

    void release_memory(std::uint64_t bytes) noexcept { memory_.fetch_sub(bytes, std::memory_order_relaxed); }
    void release_spill(std::uint64_t bytes) noexcept { spill_.fetch_sub(bytes, std::memory_order_relaxed); }

    /// What work can get at most, where nobody else holds anything.
    std::uint64_t memory_limit() const noexcept { return memory_limit_; }

    std::uint64_t memory_bytes() const noexcept { return memory_.load(std::memory_order_relaxed); }
    std::uint64_t spill_bytes() const noexcept { return spill_.load(std::memory_order_relaxed); }

private:
    static bool take(std::atomic<std::uint64_t>& held, std::uint64_t bytes, std::uint64_t limit) noexcept {
        auto now = held.load(std::memory_order_relaxed);
        do {
            if (bytes > limit || now > limit - bytes) {
                return false;
            }
        } while (!held.compare_exchange_weak(now, now + bytes, std::memory_order_relaxed));
        return true;
    }

    const std::uint64_t memory_limit_;
    const std::uint64_t spill_limit_;
    std::atomic<std::uint64_t> memory_{0};
    std::atomic<std::uint64_t> spill_{0};
};

}  // namespace tapes::capture
