#pragma once

#include <tapes/capture/ending.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace tapes::capture {

/// The account of every exchange: accepted = recorded + dropped + in flight, at every moment. In flight is
/// the difference, so that the sum cannot be wrong. Thread-safe, lock-free.
class ledger {
public:
    struct totals {
        std::uint64_t accepted = 0;
        std::uint64_t recorded = 0;
        std::array<std::uint64_t, drop_reason_names.size()> dropped{};  ///< by drop_reason; [none] is unused

        std::uint64_t dropped_total() const noexcept {
            std::uint64_t sum = 0;
            for (const auto count : dropped) {
                sum += count;
            }
            return sum;
        }
        std::uint64_t in_flight() const noexcept { return accepted - recorded - dropped_total(); }
    };

    /// A request head was parsed.
    void accept() noexcept { accepted_.fetch_add(1, std::memory_order_seq_cst); }

    /// An exchange found its end: `none` counts as recorded.
    void settle(drop_reason reason) noexcept {
        settled_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_seq_cst);
    }

    /// A reading in which no exchange is settled that is not accepted.
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
