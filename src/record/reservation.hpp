#pragma once

#include <tapes/capture/budget.hpp>

#include <cstdint>

namespace tapes::record {

/// Bytes of the budget for the time of some work. One thread at a time.
class reservation {
public:
    explicit reservation(capture::budget& limits) noexcept : limits_{limits} {}
    ~reservation() { limits_.release_memory(bytes_); }
    reservation(const reservation&) = delete;
    reservation& operator=(const reservation&) = delete;

    /// So many in all. False, and as it was, where that is refused.
    [[nodiscard]] bool grow_to(std::uint64_t bytes) noexcept {
        return bytes <= bytes_ || took(limits_.reserve_work(bytes - bytes_), bytes);
    }
    /// The same beside a capture.
    [[nodiscard]] bool grow_capture_to(std::uint64_t bytes) noexcept {
        return bytes <= bytes_ || took(limits_.reserve_capture(bytes - bytes_), bytes);
    }
    /// The same for work that could be done later.
    [[nodiscard]] bool grow_early_to(std::uint64_t bytes) noexcept {
        return bytes <= bytes_ || took(limits_.reserve_early(bytes - bytes_), bytes);
    }
    void shrink_to(std::uint64_t bytes) noexcept {
        if (bytes < bytes_) {
            limits_.release_memory(bytes_ - bytes);
            bytes_ = bytes;
        }
    }
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    bool took(bool granted, std::uint64_t bytes) noexcept {
        bytes_ = granted ? bytes : bytes_;
        return granted;
    }

    capture::budget& limits_;
    std::uint64_t bytes_ = 0;
};

}  // namespace tapes::record
