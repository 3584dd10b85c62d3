#pragma once

#include <tapes/live/event.hpp>
#include <tapes/live/event_source.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::live {

struct hub_core;
struct reader_state;

/// What a reader takes.
struct message {
    event_kind kind = event_kind::state;
    std::string id;    ///< with which a reader goes on behind it; "": where it was
    std::string json;  ///< one line
};

/// One who reads events. Holds little: what was not taken yet is read from the log again. Members may be
/// called from any thread, one at a time; none but wait_for() waits.
class reader {
public:
    explicit reader(std::shared_ptr<hub_core> core, std::shared_ptr<reader_state> state);
    ~reader();
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    /// Takes what is there, about `max_bytes` at most: first the state, then the events of the log in their
    /// order, each once, and pieces of answers that are still coming. Empty where nothing is there; then it
    /// is worth another try when `wake` was called. A heartbeat where nothing came for long.
    std::vector<message> take(std::size_t max_bytes = std::size_t{256} * 1024);
    /// Waits until there may be something to take, at most for `time`.
    void wait_for(std::chrono::milliseconds time);
    /// Nothing comes any more: the hub has stopped.
    bool ended() const;

private:
    std::shared_ptr<hub_core> core_;
    std::shared_ptr<reader_state> state_;
};

struct hub_options {
    source_options source;
    /// Waits until a row past `seq` is committed, at most for `time`: that of the writer of this process.
    /// Empty: another process writes, and the store is asked.
    std::function<void(std::uint64_t seq, std::chrono::milliseconds time)> wait_past;
    /// Told whether anybody reads answers that are still coming. Must not wait.
    std::function<void(bool)> on_partials_wanted;
    std::size_t readers = 64;  ///< at a time
    std::size_t recent_events = 4096;
    std::uint64_t recent_bytes = std::uint64_t{8} << 20;
    std::chrono::milliseconds poll_interval{20};
    std::chrono::milliseconds heartbeat_interval{15'000};
};

/// Follows the log for all who read events of it, on a thread of its own that rests while there is nobody.
/// It keeps the newest events, within bounds; who lags behind them is served from the store. Thread-safe.
class hub {
public:
    /// Opens nothing yet: a store that cannot be read is tried again, with a line in the log.
    explicit hub(hub_options options);
    ~hub();  ///< stop()
    hub(const hub&) = delete;
    hub& operator=(const hub&) = delete;

    /// Begins to read: behind the place that `last_id` names, else ("") from now on. A place that this log
    /// does not have is told in the state, and events follow from now on. `wake` is called, on threads of
    /// others, once after each take() when there may be more; it must not wait, nor call the reader. Returns
    /// null where there are too many readers, or the hub has stopped.
    std::shared_ptr<reader> open(const event_filter& filter, std::string last_id,
                                 std::function<void()> wake = {});

    /// Shows how far an answer has come. It is forgotten when its exchange is committed.
    void show(partial_answer answer);

    /// Ends all readers and the thread. Idempotent.
    void stop();

private:
    std::shared_ptr<hub_core> core_;
};

}  // namespace tapes::live
