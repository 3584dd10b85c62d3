#pragma once

#include <tapes/capture/budget.hpp>

#include <cstdint>

namespace tapes::record {

/// Holds bytes of the budget for as long as some work takes. For one thread at a time.
class reservation {
public:
    explicit reservation(capture::budget& limits) noexcept : limits_{limits} {}
    ~reservation() { limits_.release_memory(bytes_); }
    reservation(const reservation&) = delete;
    reservation& operator=(const reservation&) = delete;

    /// Makes the reservation `bytes` large, if it is smaller. Returns false and changes nothing where the
    /// budget refuses that.
    [[nodiscard]] bool grow_to(std::uint64_t bytes) noexcept {
        return bytes <= bytes_ || take(limits_.reserve_work(bytes - bytes_), bytes);
    }
    /// Does the same from the share of the budget that captures may use.
    [[nodiscard]] bool grow_capture_to(std::uint64_t bytes) noexcept {
        return bytes <= bytes_ || take(limits_.reserve_capture(bytes - bytes_), bytes);
    }
    /// Does the same from the share of the budget for work that could be done later.
    [[nodiscard]] bool grow_early_to(std::uint64_t bytes) noexcept {
        return bytes <= bytes_ || take(limits_.reserve_early(bytes - bytes_), bytes);
    }
    /// Gives back what is beyond `bytes`.
    void shrink_to(std::uint64_t bytes) noexcept {
        if (bytes < bytes_) {
            limits_.release_memory(bytes_ - bytes);
            bytes_ = bytes;
        }
    }
    std::uint64_t bytes() const noexcept { return bytes_; }
    capture::budget& limits() const noexcept { return limits_; }

private:
    bool take(bool granted, std::uint64_t bytes) noexcept {
        bytes_ = granted ? bytes : bytes_;
        return granted;
    }

    capture::budget& limits_;
    std::uint64_t bytes_ = 0;
};

}  // namespace tapes::record
