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

/// When an event is due, from when those around it were recorded. Pure but for what it remembers.
class replay_pace {
public:
    /// `speed`: times as fast as recorded, 0.1 to 100; 0: as fast as it goes.
    explicit replay_pace(double speed) : speed_{speed} {}

    /// How long after the first event that was asked for one recorded at `recorded_us` is due; never before
    /// one that was asked for earlier.
    std::chrono::microseconds due(std::int64_t recorded_us);

private:
    double speed_;
    std::optional<std::int64_t> first_us_;
    std::chrono::microseconds latest_{0};
};

/// An event of a replay, without its record.
struct replay_step {
    enum class kind : std::uint8_t { node, exchange, letter };

    kind what = kind::node;
    std::int64_t ref = 0;    ///< id of the node, the exchange, the change of a dead letter
    std::uint64_t seq = 0;   ///< of the log row that asks for it
    std::int64_t at_us = 0;  ///< when that was recorded: ancestors go with the turn that needs them
};

/// The events of a replay in their order: that of the log, a parent before its child, each once. The same
/// each time. One thread at a time.
class replay_source {
public:
    virtual ~replay_source() = default;

    /// Nothing at the end.
    virtual std::optional<replay_step> next() = 0;
    /// The record of an event; a node goes by reference where it would be larger than `most_bytes` (0: no
    /// limit).
    virtual void make(event::event_record& out, const replay_step& of, std::uint64_t most_bytes) = 0;
};

enum class replay_wish { go_on, pause, cancel };

/// What a replay runs in: time, people, the store.
class replay_world {
public:
    virtual ~replay_world() = default;

    virtual std::chrono::steady_clock::time_point now() = 0;
    /// Waits for `time`, or for less where something else than to go on is wished.
    virtual replay_wish wait(std::chrono::microseconds time) = 0;
    /// Keeps how far it is, on disk. May throw std::exception.
    virtual replay_wish save(const store::replay_position& at) = 0;
};

struct replay_settings {
    std::string name;
    double speed = 0;         ///< as replay_pace
    std::uint64_t batch = 1;  ///< so many events at most are sent again after a crash
    store::replay_position from;
};

/// Sends the events of `from` behind the position `how.from` to `to`, in batches; the position is saved when
/// a batch is safe there, and before longer waits. Each record gets the headers `replay` (the name) and
/// `replay_seq` (its number, from 1). Returns `go_on` when all were sent, else what was wished. Throws
/// std::exception: what the target or the world could not do.
replay_wish run_replay(replay_source& from, replay_target& to, replay_world& in, const replay_settings& how);

}  // namespace tapes::publish
