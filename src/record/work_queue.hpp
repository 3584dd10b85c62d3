#pragma once

#include "arrivals.hpp"
#include "early_work.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

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

    /// `workers` is the number of threads that call take().
    explicit work_queue(std::size_t workers) noexcept : workers_{workers} {}

    /// Queues exchanges. Returns those that were not queued because stop() was called before.
    exchanges add(exchanges ended);
    /// Lets a worker prepare the request of `running`, whose whole body is `body`. Does nothing when there is
    /// no time to spare.
    void add_early(capture::exchange& running, std::string_view body);

    /// An exchange and, if later ones may name its answer, its place among those.
    struct task {
        std::unique_ptr<capture::exchange> ended;
        std::shared_ptr<arrivals::ticket> ticket;
    };
    /// What a worker does next: a batch, or work ahead of time, or nothing after stop().
    struct share {
        std::vector<task> batch;
        std::shared_ptr<early_work> early;
    };
    /// Waits for work and takes a share of it.
    share take();

    /// Lets take() return what is queued, then nothing. Idempotent.
    void stop();
    bool is_stopping() const;

private:
    std::shared_ptr<early_work> take_early() TAPES_REQUIRES(mutex_);
    std::vector<task> take_batch() TAPES_REQUIRES(mutex_);

    const std::size_t workers_;
    arrivals arrivals_;
    mutable sync::mutex mutex_;
    sync::condition_variable waiting_;
    std::deque<std::unique_ptr<capture::exchange>> ended_ TAPES_GUARDED_BY(mutex_);
    std::deque<std::shared_ptr<early_work>> early_ TAPES_GUARDED_BY(mutex_);
    std::size_t idle_ TAPES_GUARDED_BY(mutex_) = 0;
    bool stopping_ TAPES_GUARDED_BY(mutex_) = false;
};

}  // namespace tapes::record
