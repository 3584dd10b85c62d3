#pragma once

#include "request_work.hpp"
#include "task.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <atomic>
#include <memory>
#include <string_view>

namespace tapes::record {

/// Work on a request that waits for a worker, and later its result, which the end of the exchange takes. One
/// worker begins it and ends it; the exchange's owner takes the result. Thread-safe.
class early_work final : public capture::preparation {
public:
    /// `body` is that of the exchange's request. Neither is read before begin() nor after take() or
    /// withdraw().
    early_work(const capture::exchange& exchange, std::string_view body) noexcept
        : exchange_{exchange}, body_{body} {}

    /// Returns what was begun of an exchange's request, or null.
    static early_work* find(const capture::exchange& exchange) noexcept;

    const capture::exchange& exchange() const noexcept { return exchange_; }
    std::string_view body() const noexcept { return body_; }

    /// Returns false when the work is not wanted any more.
    bool begin();
    /// Hands over the result; null where there is none. Must follow every begin() that returned true.
    void end(std::unique_ptr<request_work> made);

    /// Returns the result, or null. Waits while the work is under way; no begin() succeeds after this.
    std::unique_ptr<request_work> take();
    void withdraw() noexcept override {
        unwanted_ = true;
        take();
    }
    /// Tells whether take() would wait.
    bool is_running() const;
    /// Tells whether the work should be given up, as somebody waits for that.
    bool is_unwanted() const noexcept { return unwanted_; }

    /// Leaves the exchange, which has ended, with the worker that is at this work, so that nobody waits for
    /// it. Returns false, and takes nothing, where the work is not under way.
    bool leave(task& ended);
    /// Returns the exchange that was left, after end(); it holds nothing where none was.
    task take_left();

private:
    enum class state { waits, runs, over };

    const capture::exchange& exchange_;
    const std::string_view body_;
    mutable sync::mutex mutex_;
    sync::condition_variable ended_;
    state state_ TAPES_GUARDED_BY(mutex_) = state::waits;
    std::unique_ptr<request_work> made_ TAPES_GUARDED_BY(mutex_);
    task left_ TAPES_GUARDED_BY(mutex_);
    std::atomic<bool> unwanted_{false};
};

}  // namespace tapes::record
