#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <utility>

namespace tapes::text {

/// Says that a work_meter has ended the work. Whoever catches it gives up what it was doing.
class work_stopped : public std::exception {
public:
    const char* what() const noexcept override { return "the work was stopped"; }
};

/// Counts the steps of work, about one for each byte that is read or written, and asks now and then whether
/// the work goes on. It knows no clock: what it asks may. For one thread.
class work_meter {
public:
    /// Only counts.
    work_meter() = default;
    /// Calls `goes_on` after about every `interval` steps, with the steps so far. Once that returns false, or
    /// throws, every further count throws work_stopped.
    work_meter(std::uint64_t interval, std::function<bool(std::uint64_t steps)> goes_on)
        : goes_on_{std::move(goes_on)}, interval_{interval}, next_{interval} {}
    work_meter(const work_meter&) = delete;
    work_meter& operator=(const work_meter&) = delete;

    /// Counts `steps`. Throws work_stopped, and what the question throws.
    void count(std::uint64_t steps) {
        steps_ += steps;
        if (steps_ >= next_) {
            ask();
        }
    }
    std::uint64_t steps() const noexcept { return steps_; }
    bool is_stopped() const noexcept { return stopped_; }

private:
    void ask();

    std::function<bool(std::uint64_t)> goes_on_;
    std::uint64_t steps_ = 0;
    std::uint64_t interval_ = 0;
    std::uint64_t next_ = std::numeric_limits<std::uint64_t>::max();
    bool stopped_ = false;
};

/// The meter of this thread, or null; see `metered`.
inline constinit thread_local work_meter* meter_of_thread = nullptr;

/// Makes a meter the one that count_work() counts on in this thread, for as long as this lives. The pure
/// functions between are many, and stay free of a parameter that most of their callers have no use for.
class metered {
public:
    explicit metered(work_meter& meter) noexcept : before_{std::exchange(meter_of_thread, &meter)} {}
    ~metered() { meter_of_thread = before_; }
    metered(const metered&) = delete;
    metered& operator=(const metered&) = delete;

private:
    work_meter* before_;
};

/// Counts steps on this thread's meter, where it has one: to be called for each block or item, not for each
/// byte. Throws work_stopped where the work is to end, so never within a noexcept function.
inline void count_work(std::uint64_t steps) {
    if (meter_of_thread != nullptr) {
        meter_of_thread->count(steps);
    }
}

}  // namespace tapes::text
