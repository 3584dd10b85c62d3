#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

namespace tapes::store {

/// Waits between the steps of a copy. One thread.
class copy_pace {
public:
    /// At most `bytes_per_second` are copied; 0: as many as there can be. `beside`: somebody else works on
    /// the same disk, and gets as much of it as the copy.
    copy_pace(std::uint64_t bytes_per_second, bool beside) noexcept
        : rate_{bytes_per_second}, beside_{beside} {}

    /// A step is done.
    void copied(std::uint64_t bytes) {
        constexpr clock::duration longest_pause = std::chrono::milliseconds{250};
        const auto now = clock::now();
        done_ += bytes;
        auto until = beside_ ? now + std::min(now - step_begun_, longest_pause) : now;
        if (rate_ != 0) {
            const std::chrono::duration<double> due{static_cast<double>(done_) / static_cast<double>(rate_)};
            until = std::max(until, begun_ + std::chrono::duration_cast<clock::duration>(due));
        }
        std::this_thread::sleep_until(until);
        step_begun_ = clock::now();
    }
    double seconds() const { return std::chrono::duration<double>(clock::now() - begun_).count(); }

private:
    using clock = std::chrono::steady_clock;

    std::uint64_t rate_;
    bool beside_;
    std::uint64_t done_ = 0;
    clock::time_point begun_ = clock::now();
    clock::time_point step_begun_ = begun_;
};

}  // namespace tapes::store
