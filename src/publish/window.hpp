#pragma once

#include <tapes/bus/producer.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

namespace tapes::publish {

/// The log rows in flight, in order. The pump adds rows and takes finished ones from the front; the client's
/// thread ticks events off. Thread-safe.
class window : public bus::producer_events {
public:
    /// What went wrong since the last `reset`.
    struct fault {
        bus::failure why = bus::failure::transient;
        std::string reason;
        std::set<std::uint64_t> suspects;  ///< seqs of rows with an event that was refused for good
    };

    /// Rows that are done, from the front on.
    struct progress {
        std::uint64_t rows = 0;
        std::uint64_t seq = 0;  ///< of the last of them
        std::uint64_t bytes = 0;
        std::uint64_t events = 0;
    };

    /// A row of `events` events has begun; the opaque of each of them.
    std::uint64_t add(std::uint64_t seq, std::uint64_t events, std::uint64_t bytes);
    progress take_done();
    std::optional<fault> trouble_so_far() const;
    bool empty() const;
    std::uint64_t bytes() const;
    bool brokers_down() const;  ///< until something is delivered again
    std::string last_trouble() const;

    /// Takes the row added last back, none of whose events was accepted.
    void take_back();

    /// Forgets everything. Only while no client knows this window.
    void reset();

    /// Until a row at the front is done, a fault, a `wake`, or `timeout`.
    void wait(std::chrono::milliseconds timeout);
    void wake();

    void delivered(std::span<const bus::delivery_report> reports) override;
    void trouble(bus::severity level, std::string_view text) override;

private:
    struct row {
        std::uint64_t seq;
        std::uint64_t events;
        std::uint64_t open;
        std::uint64_t bytes;
    };

    /// Whether a row at the front is done.
    bool front_done() const TAPES_REQUIRES(mutex_) { return !rows_.empty() && rows_.front().open == 0; }

    mutable sync::mutex mutex_;
    sync::condition_variable changed_;
    std::deque<row> rows_ TAPES_GUARDED_BY(mutex_);
    std::uint64_t first_ TAPES_GUARDED_BY(mutex_) = 0;  ///< ordinal of rows_.front()
    std::uint64_t bytes_ TAPES_GUARDED_BY(mutex_) = 0;
    std::optional<fault> fault_ TAPES_GUARDED_BY(mutex_);
    bool brokers_down_ TAPES_GUARDED_BY(mutex_) = false;
    std::string trouble_ TAPES_GUARDED_BY(mutex_);
    bool woken_ TAPES_GUARDED_BY(mutex_) = false;
};

}  // namespace tapes::publish
