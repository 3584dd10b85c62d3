#pragma once

#include "work_queue.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace tapes::record {

/// What is done once: `at_first` at the first question, as the work is not so small that others should
/// wait for it, `at_long` when it takes long.
struct work_notices {
    std::function<void()> at_first = {};
    std::function<void()> at_long = {};
};

/// What a worker may spend on one exchange, in time of its thread on a processor. It is asked by the meter of
/// the work, now and then. For one thread.
class work_allowance {
public:
    /// How many steps lie between two questions.
    static constexpr std::uint64_t interval = std::uint64_t{256} * 1024;

    /// `limit`: for all of the work. `is_long` as in `task`. The queue must outlive this.
    work_allowance(work_queue& queue, std::chrono::nanoseconds limit, bool is_long, work_notices tell = {});
    ~work_allowance();
    work_allowance(const work_allowance&) = delete;
    work_allowance& operator=(const work_allowance&) = delete;

    /// Tells whether the work goes on. It does not where the pool hurries, where the limit is passed, or
    /// where too many workers are at work that takes long; then it `is_to_come_again`.
    bool goes_on();
    bool is_to_come_again() const noexcept { return comes_again_; }

private:
    work_queue& queue_;
    const std::chrono::nanoseconds limit_;
    const std::chrono::nanoseconds began_;
    work_notices tell_;
    bool is_long_;
    bool comes_again_ = false;
};

}  // namespace tapes::record
