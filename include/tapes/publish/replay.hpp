#pragma once

#include <tapes/event/record.hpp>
#include <tapes/publish/replay_target.hpp>
#include <tapes/store/replays.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::publish {

/// Computes when an event is due from when those around it were recorded. Pure but for what it remembers.
class replay_pace {
public:
    /// `speed` is how many times as fast as recorded, 0.1 to 100, or 0 for as fast as possible.
    explicit replay_pace(double speed) : speed_{speed} {}

    /// Returns how long after the first event an event recorded at `recorded_us` is due; never less than in
    /// an earlier call.
    std::chrono::microseconds due(std::int64_t recorded_us);

private:
    double speed_;
    std::optional<std::int64_t> first_us_;
    std::chrono::microseconds latest_{0};
};

/// An event of a replay, without its record.
struct replay_step {
    enum class kind : std::uint8_t { node, exchange, letter };

    kind type = kind::node;
    std::int64_t ref = 0;    ///< id of the node, the exchange, the change of a dead letter
    std::uint64_t seq = 0;   ///< of the log row that asks for it
    std::int64_t at_us = 0;  ///< when that was recorded: ancestors go with the turn that needs them
};

/// Gives the events of a replay in the order of the log, a parent before its child, each once, and the same
/// each time. One thread at a time.
class replay_source {
public:
    virtual ~replay_source() = default;

    /// Returns the next event; nothing at the end.
    virtual std::optional<replay_step> next() = 0;
    /// Makes the record of an event; a node goes by reference where it would be larger than `most_bytes` (0:
    /// no limit).
    virtual void make(event::event_record& out, const replay_step& step, std::uint64_t most_bytes) = 0;
};

enum class replay_wish { go_on, pause, cancel };

/// The surroundings of a replay: time, people's wishes, the store.
class replay_world {
public:
    virtual ~replay_world() = default;

    virtual std::chrono::steady_clock::time_point now() = 0;
    /// Waits for `time`, or for less where anything but `go_on` is wished. Returns the wish.
    virtual replay_wish wait(std::chrono::microseconds time) = 0;
    /// Saves how far the replay is, on disk. May throw std::exception.
    virtual replay_wish save(const store::replay_position& at) = 0;
};

struct replay_settings {
    std::string name;
    double speed = 0;         ///< as replay_pace
    std::uint64_t batch = 1;  ///< how many events at most are sent again after a crash
    store::replay_position from;
};

/// Sends the events of `source` behind the position `settings.from` to `target`, in batches; the position is
/// saved when a batch is safe there, and before longer waits. Each record gets the headers `replay` (the
/// name) and `replay_seq` (its number, from 1). Returns `go_on` when all were sent, else what was wished.
/// Throws std::exception for what the target or the world could not do.
replay_wish run_replay(replay_source& source, replay_target& target, replay_world& world,
                       const replay_settings& settings);

}  // namespace tapes::publish
