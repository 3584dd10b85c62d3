#pragma once

#include <atomic>
#include <cstdint>

namespace tapes::capture {

/// Limits the bytes that captures, and the work on them, hold in memory and in spill files. Captures may fill
/// 7/8 of the memory. The rest is reserved for the work that ends them, so that work never waits for captures
/// that wait for work. Work ahead of its time gets memory only while less than half is taken. Thread-safe and
/// lock-free.
class budget {
public:
    budget(std::uint64_t memory_bytes, std::uint64_t spill_bytes) noexcept
        : memory_limit_{memory_bytes}, spill_limit_{spill_bytes} {}

    /// Each of these returns false, and reserves nothing, where its limit would be exceeded.
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

    /// Returns how many bytes work can reserve while nothing else is reserved.
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
