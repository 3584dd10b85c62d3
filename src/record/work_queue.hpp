#pragma once

#include "arrivals.hpp"
#include "early_work.hpp"
#include "task.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

namespace tapes::record {

/// Exchanges that have ended, and requests that can be prepared, on their way to the workers. What has ended
/// comes first, in order of arrival: somebody may wait for it. Thread-safe.
class work_queue {
public:
    using exchanges = std::vector<std::unique_ptr<capture::exchange>>;

    /// `workers` is the number of threads that call take(), at least two.
    explicit work_queue(std::size_t workers) noexcept : workers_{workers} {}

    /// Queues exchanges. Returns those that were not queued: stop() was called before, or there is no memory.
    exchanges add(exchanges ended);
    /// Lets a worker prepare the request of `running`, whose whole body is `body`. Does nothing when there is
    /// no time to spare.
    void add_early(capture::exchange& running, std::string_view body);

    /// What a worker does next: an exchange, or work ahead of time, or nothing.
    struct share {
        task next;
        std::shared_ptr<early_work> early;

        bool is_empty() const noexcept { return next.ended == nullptr && early == nullptr; }
    };
    /// Waits for work and takes a share of it: nothing after stop() once all is taken.
    share take();
    /// Takes an exchange, where one waits. One at a time, so that none waits beside another that takes long.
    share take_waiting();

    /// Lets a worker go on with what has turned out to take long. Returns false where that would leave none
    /// for what takes short: then the work is to be postponed. Each true is followed by end_long().
    bool begin_long();
    void end_long();
    /// Tells whether a worker is at work that takes long.
    bool has_long_work() const;
    /// Queues an exchange again whose work takes long, for when begin_long() allows it. Returns false, and
    /// takes nothing, where there is no memory for that.
    bool postpone(task& ended);
    /// Wakes another worker where exchanges wait that the caller will not take soon.
    void wake_other();

    /// Returns for how long the exchange has waited that has waited longest.
    std::chrono::milliseconds longest_wait() const;
    /// Does the same for those that were postponed.
    std::chrono::milliseconds longest_postponement() const;

    /// Lets take() return what is queued, then nothing. Idempotent.
    void stop();
    bool is_stopping() const;
    /// Tells the workers to give up what takes long. Idempotent.
    void hurry() noexcept;
    bool is_hurried() const noexcept { return hurried_; }
    /// Tells whether the bytes of what was given up may still take time to keep: not for long after hurry().
    bool has_time_to_keep() const noexcept;

private:
    using clock = std::chrono::steady_clock;
    struct waiting {
        task item;
        clock::time_point since;
    };

    std::shared_ptr<early_work> take_early() TAPES_REQUIRES(mutex_);
    task take_ended() TAPES_REQUIRES(mutex_);
    static bool make_room(std::deque<waiting>& in);
    static std::chrono::milliseconds since_first(const std::deque<waiting>& in);
    bool may_go_long() const TAPES_REQUIRES(mutex_) { return long_ + 1 < workers_; }
    bool has_ended() const TAPES_REQUIRES(mutex_) {
        return !ended_.empty() || (!postponed_.empty() && (may_go_long() || stopping_));
    }

    const std::size_t workers_;
    arrivals arrivals_;
    mutable sync::mutex mutex_;
    sync::condition_variable waiting_;
    std::deque<waiting> ended_ TAPES_GUARDED_BY(mutex_);
    std::deque<waiting> postponed_ TAPES_GUARDED_BY(mutex_);
    std::deque<std::shared_ptr<early_work>> early_ TAPES_GUARDED_BY(mutex_);
    std::size_t idle_ TAPES_GUARDED_BY(mutex_) = 0;
    std::size_t long_ TAPES_GUARDED_BY(mutex_) = 0;  ///< workers that are at work that takes long
    bool stopping_ TAPES_GUARDED_BY(mutex_) = false;
    std::atomic<bool> hurried_{false};
    std::atomic<clock::time_point> keeps_until_{clock::time_point::max()};
};

}  // namespace tapes::record
