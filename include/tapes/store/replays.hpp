#pragma once

#include <tapes/store/store.hpp>
#include <tapes/store/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::store {

/// Chooses the turns that a replay sends again; what is empty does not restrict the choice. Times are
/// microseconds since the epoch, UTC.
struct replay_choice {
    std::string root;  ///< hash of a conversation's first node, 64 hexadecimal digits
    std::string session, agent_name, project;
    std::optional<std::int64_t> since_us;  ///< recorded then or later
    std::optional<std::int64_t> until_us;  ///< recorded before
    std::vector<std::string> event_types;  ///< at least one

    bool operator==(const replay_choice&) const = default;
};

enum class replay_state {
    running,  ///< or its process has ended without a word: it can be resumed
    paused,
    cancelled,
    done,
    failed,
};
std::string_view to_string(replay_state state);
std::optional<replay_state> replay_state_of(std::string_view name);

/// Whether a replay may go from one state to the other. Pure.
bool may_become(replay_state from, replay_state to);

/// How far a replay is: everything up to here is safe at its target.
struct replay_position {
    std::uint64_t seq = 0;     ///< of the log row of the last event
    std::uint64_t events = 0;  ///< from the start
    std::uint64_t bytes = 0;   ///< that they are at the target; of a file: its length

    bool operator==(const replay_position&) const = default;
};

/// A replay as its row has it. Which events it has, and in which order, follows from `choice` and `last_seq`
/// alone: the log before `last_seq` never changes.
struct replay {
    std::int64_t id = 0;
    std::string name;
    replay_state state = replay_state::running;
    replay_choice choice;
    std::string to;              ///< "topic:NAME", "file:/absolute/path" or "-"
    double speed = 0;            ///< times as fast as recorded; 0: as fast as it goes
    std::uint64_t batch = 0;     ///< events between two saved positions
    std::uint64_t last_seq = 0;  ///< where the log ended when it began
    replay_position at;
    std::int64_t created_us = 0;
    std::int64_t changed_us = 0;
    std::string error;  ///< why it failed; "" otherwise
};

/// A change of a replay. A change of state that may_become refuses is left out, the rest is done.
struct replay_change {
    std::optional<replay_state> to;
    std::optional<replay_position> at;
    std::string error;  ///< kept with `failed`
};

/// Whether a name consists of 1 to 64 letters, digits, '.', '_' and '-'.
bool valid_replay_name(std::string_view name);

/// Both wait until the change is durable and return the row as it then is, so they are not for a thread that
/// must not wait for the disk. They throw std::runtime_error where the name is taken, not valid or not there,
/// and where the disk fails.
replay create_replay(writer& store_writer, const replay& wanted);
replay change_replay(writer& store_writer, const std::string& name, const replay_change& change);

/// The same where no writer runs: much faster than starting one for a single row.
replay create_replay(const store_lock& lock, const replay& wanted);
replay change_replay(const store_lock& lock, const std::string& name, const replay_change& change);

/// Reads the rows, also while another process writes. A read-only connection: one thread at a time; holds no
/// read transaction between calls. Throws open_error, in one line, where `path` is no store of this version,
/// and std::runtime_error with SQLite's message when a query fails.
class replay_reader {
public:
    explicit replay_reader(const std::string& path);
    ~replay_reader();
    replay_reader(const replay_reader&) = delete;
    replay_reader& operator=(const replay_reader&) = delete;

    std::vector<replay> list();  ///< in order of their making
    std::optional<replay> find(const std::string& name);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// The right to run one replay: held by its process, and given back by the system when that ends, however it
/// ends. A byte of the file `<store>.replays` that is locked.
class replay_claim {
public:
    /// Nothing where another process runs it. Throws std::runtime_error where the file cannot be made.
    static std::optional<replay_claim> take(const std::string& store_path, std::int64_t replay_id);
    /// Whether a process runs it.
    static bool taken(const std::string& store_path, std::int64_t replay_id);

    replay_claim(replay_claim&& other) noexcept;
    ~replay_claim();
    replay_claim& operator=(replay_claim&&) = delete;

private:
    explicit replay_claim(int file) noexcept : file_{file} {}

    int file_;
};

}  // namespace tapes::store
