#pragma once

#include <tapes/publish/journal.hpp>
#include <tapes/publish/publisher.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tapes::publish {

struct pump_settings {
    std::string name = "kafka";                ///< of the cursor, for log lines
    std::uint64_t window_bytes = 32ULL << 20;  ///< how far delivery runs ahead of the cursor on disk
    bool from_beginning = true;                ///< of the log, for a cursor that is new; false: from now on
    /// Announces dead letters: it connects only when there is something to say, never in start(), and what it
    /// cannot deliver is no dead letter in its turn.
    bool announcements = false;
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds backoff_base{100};
    std::chrono::milliseconds backoff_cap{10'000};
};

/// A snapshot for metrics.
struct pump_status {
    bool connected = false;
    std::uint64_t cursor = 0;  ///< all rows up to it are delivered (or dead)
    std::uint64_t lag_rows = 0;
    double lag_seconds = 0;       ///< age of the oldest row past the cursor
    std::uint64_t delivered = 0;  ///< events
    std::uint64_t failed = 0;     ///< times the window had to start again
    std::uint64_t dead = 0;       ///< events kept as dead letters
    std::string last_error;       ///< "" while all is well
};

/// Moves one cursor over the log: reads rows, publishes their events with up to a window of bytes in flight,
/// and saves the cursor over what is delivered without a gap. On any failure but a permanent one the
/// connection is given up and the window starts again at its first undelivered row. An event that is refused
/// for good is tried alone, then by reference, and then kept as a dead letter. Has one thread. start() and
/// stop() from one thread; status() is thread-safe.
///
/// Stopped and destroyed before the store's writer and before the message bus.
class cursor_pump {
public:
    cursor_pump(std::unique_ptr<journal> log, std::unique_ptr<publisher> sink, pump_settings settings);
    ~cursor_pump();  ///< stop() with no time left
    cursor_pump(const cursor_pump&) = delete;
    cursor_pump& operator=(const cursor_pump&) = delete;

    /// Starts. Unless the destination has once been reached with this store, start() reaches it first or
    /// throws bus::bus_error within `connect_timeout`. Later a destination that is away is tried again and
    /// again.
    void start();

    /// Tells it to stop as `stop` does, without waiting for it. Thread-safe, after start().
    void begin_stop(std::chrono::steady_clock::time_point deadline);

    /// Publishes what is in the log until `deadline`, as long as the destination answers; then saves the
    /// cursor. Returns true when nothing was left. Idempotent.
    bool stop(std::chrono::steady_clock::time_point deadline);

    pump_status status() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::publish
