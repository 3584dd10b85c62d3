#pragma once

#include "request_work.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <memory>
#include <string_view>

namespace tapes::record {

/// The place where a request's work waits for a worker, and its outcome for the exchange's end. One worker
/// begins it and ends it; the exchange's owner takes it. Thread-safe.
class early_work final : public capture::preparation {
public:
    /// `body`: of the request of `of`. Neither is looked at before begin() nor after take() or withdraw().
    early_work(const capture::exchange& of, std::string_view body) noexcept : of_{of}, body_{body} {}

    const capture::exchange& of() const noexcept { return of_; }
    std::string_view body() const noexcept { return body_; }

    /// False: it is not wanted any more.
    bool begin();
    /// After begin(), in any case; null: nothing came of it.
    void end(std::unique_ptr<request_work> made);

    /// What was made, null for nothing; no begin() succeeds after this. Waits where it has begun.
    std::unique_ptr<request_work> take();
    void withdraw() noexcept override { take(); }
    /// A take() would wait.
    bool is_running() const;

private:
    enum class state { waits, runs, over };

    const capture::exchange& of_;
    const std::string_view body_;
    mutable sync::mutex mutex_;
    sync::condition_variable ended_;
    state state_ TAPES_GUARDED_BY(mutex_) = state::waits;
    std::unique_ptr<request_work> made_ TAPES_GUARDED_BY(mutex_);
};

}  // namespace tapes::record
