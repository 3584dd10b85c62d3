#pragma once

#include <tapes/bus/bus.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tapes::bus {

/// Tells what became of a record that was written.
struct write_result {
    failure why = failure::none;
    std::string reason;  ///< "" when written
    bool written() const { return why == failure::none; }
};

/// Writes one record at a time and waits for its report: what it says is written is on the broker. Too slow
/// for many records. Thread-safe: calls wait for each other. `bus` outlives it.
class sync_writer : private producer_events {
public:
    /// Throws setting_error. Does not wait for a broker.
    explicit sync_writer(message_bus& bus, producer_options options = {32ULL << 20});
    ~sync_writer() override;

    /// Writes the record. Gives up after about `timeout` (transient); the record may have arrived all the
    /// same. Whatever went wrong, the next call starts afresh.
    write_result write(record record, std::chrono::milliseconds timeout);

    /// From now on every write gives up at `deadline`, the one that is waiting too. A later call can only
    /// bring it nearer.
    void finish_by(std::chrono::steady_clock::time_point deadline);

private:
    void delivered(std::span<const delivery_report> reports) override;
    void trouble(severity level, std::string_view text) override;

    message_bus& bus_;
    const producer_options options_;
    sync::mutex one_at_a_time_;
    sync::mutex mutex_;
    sync::condition_variable changed_;
    std::uint64_t awaited_ TAPES_GUARDED_BY(mutex_) = 0;
    std::optional<write_result> result_ TAPES_GUARDED_BY(mutex_);
    std::string last_trouble_ TAPES_GUARDED_BY(mutex_);
    std::chrono::steady_clock::time_point finish_by_ TAPES_GUARDED_BY(mutex_) =
        std::chrono::steady_clock::time_point::max();
    /// Last: it calls back until it is destroyed.
    std::unique_ptr<producer> producer_ TAPES_GUARDED_BY(one_at_a_time_);
};

}  // namespace tapes::bus
