#pragma once

#include "work_queue.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace tapes::record {

/// What a worker may spend on one exchange, in time of its thread on a processor.
struct work_limits {
    std::chrono::nanoseconds work;  ///< `record.work_limit`
    /// What takes longer may not keep every worker busy.
    std::chrono::nanoseconds short_work = std::chrono::milliseconds{100};
    /// How long the bytes of an exchange may take to keep whose work was given up.
    std::chrono::nanoseconds keeping = std::chrono::seconds{2};
};

/// What is done once: `at_first` at the first question, as the work is not so small that others should
/// wait for it, `at_long` when it takes long.
struct work_notices {
    std::function<void()> at_first = {};
    std::function<void()> at_long = {};
};

/// Holds the work on one exchange within its limits. It is asked by the meter of the work, now and then. For
/// one thread.
///
/// The time counts from the first question: most exchanges are too small for one, and reading the clock of a
/// thread is a system call. What lies before is some `interval` steps, a millisecond or less.
class work_allowance {
public:
    /// How many steps lie between two questions.
    static constexpr std::uint64_t interval = std::uint64_t{256} * 1024;

    /// `is_long` as in `task`. The queue must outlive this.
    work_allowance(work_queue& queue, const work_limits& limits, bool is_long, work_notices tell = {});
    ~work_allowance();
    work_allowance(const work_allowance&) = delete;
    work_allowance& operator=(const work_allowance&) = delete;

    /// Tells whether the work goes on. It does not where the pool hurries, where the limit is passed, or
    /// where too many workers are at work that takes long; then it `is_to_come_again`.
    bool goes_on();
    bool is_to_come_again() const noexcept { return comes_again_; }

    /// The work was given up, and only the exchange's bytes are kept now, which has a time of its own.
    void begin_keeping() noexcept;
    /// Tells whether that goes on. It ends soon where the pool hurries.
    bool keeps_on() noexcept;

private:
    std::chrono::nanoseconds used() noexcept;

    work_queue& queue_;
    const work_limits limits_;
    std::optional<std::chrono::nanoseconds> began_;
    work_notices tell_;
    bool is_long_;
    bool comes_again_ = false;
};

}  // namespace tapes::record
