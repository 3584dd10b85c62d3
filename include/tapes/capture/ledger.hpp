#pragma once

#include <tapes/capture/ending.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace tapes::capture {

/// Counts every exchange: accepted = recorded + dropped + in flight, at every moment. In flight is computed
/// as the difference, so that the sum cannot be wrong. Thread-safe and lock-free.
class ledger {
public:
    struct totals {
        std::uint64_t accepted = 0;
        std::uint64_t recorded = 0;
        std::array<std::uint64_t, drop_reason_names.size()>
            dropped{};  ///< indexed by drop_reason; that of `none` stays 0

        std::uint64_t dropped_total() const noexcept {
            std::uint64_t sum = 0;
            for (const auto count : dropped) {
                sum += count;
            }
            return sum;
        }
        std::uint64_t in_flight() const noexcept { return accepted - recorded - dropped_total(); }
    };

    /// Counts an exchange, once the head of its request was parsed.
    void accept() noexcept { accepted_.fetch_add(1, std::memory_order_seq_cst); }

    /// Counts the end of an exchange, where `none` means recorded.
    void settle(drop_reason reason) noexcept {
        settled_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_seq_cst);
    }

    /// Counts an exchange that was settled as `before` as settled with `now`.
    void resettle(drop_reason before, drop_reason now) noexcept {
        settled_[static_cast<std::size_t>(before)].fetch_sub(1, std::memory_order_seq_cst);
        settle(now);
    }

    /// Returns the totals. No exchange is counted as settled in them that is not counted as accepted.
    totals read() const noexcept {
        totals now;
        for (std::size_t i = 1; i < settled_.size(); ++i) {
            now.dropped[i] = settled_[i].load(std::memory_order_seq_cst);
        }
        now.recorded = settled_[0].load(std::memory_order_seq_cst);
        now.accepted = accepted_.load(std::memory_order_seq_cst);
        return now;
    }

private:
    std::atomic<std::uint64_t> accepted_{0};
    std::array<std::atomic<std::uint64_t>, drop_reason_names.size()> settled_{};
};

}  // namespace tapes::capture
