#pragma once

#include <tapes/store/writer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Events that could not be delivered, and messages that could not be taken: pending → scheduled → retried |
/// discarded. Every change is a row of the log, so that it can be announced. Times are microseconds since the
/// epoch, UTC.
namespace tapes::store {

/// pending: waits for a person; scheduled: is tried again when it is due; retried: delivered in the end.
enum class letter_state { pending, scheduled, retried, discarded };
enum class letter_change { received, retried, discarded };

std::string_view name_of(letter_state state) noexcept;
std::string_view name_of(letter_change change) noexcept;
std::optional<letter_state> letter_state_of(std::string_view name) noexcept;

struct dead_letter {
    std::string source;     ///< the cursor that could not deliver it, or the group that could not take it
    std::uint64_t seq = 0;  ///< of its log row; 0: it came from a topic
    std::string event_id;   ///< "" when it has none
    std::string event_type;
    std::string topic;
    int partition = -1;  ///< of a message; -1: it never was on a topic
    std::int64_t offset = -1;
    std::string key;
    std::optional<std::string> payload;  ///< of a message; what has a log row is made again from it
    std::string reason;                  ///< of the last failure
    unsigned attempts = 1;
};

struct kept_letter : dead_letter {
    std::int64_t id = 0;
    letter_state state = letter_state::pending;
    unsigned retries = 0;  ///< of `attempts`, those that were made from here
    std::int64_t received_at_us = 0;
    std::int64_t last_at_us = 0;     ///< of the last attempt
    std::int64_t changed_at_us = 0;  ///< of the state
    std::int64_t due_at_us = 0;      ///< scheduled: not before
    std::int64_t leased_until_us = 0;
    std::string discard_reason;
};

/// A row of `dead_letter_change`, with its letter as it is now.
struct kept_change {
    std::int64_t id = 0;
    letter_change what = letter_change::received;
    std::int64_t at_us = 0;
    unsigned attempts = 0;       ///< at that time
    std::string reason;          ///< of the failure, or of the discarding
    std::int64_t due_at_us = 0;  ///< when it was to be tried again as of this change; 0: not by itself
    kept_letter letter;
};

/// Which letters; what is empty does not restrict.
struct letter_filter {
    std::vector<std::int64_t> ids;
    std::vector<letter_state> states;
    std::string topic, event_type, source;
    std::int64_t received_from_us = 0;  ///< 0: no bound
    std::int64_t received_until_us = 0;
};

/// When to try again: microseconds since the epoch; nothing: not by itself.
using letter_due = std::optional<std::int64_t>;

/// Keeps it, scheduled or pending, as `received`. `moved_to` moves the cursor `letter.source` in the same
/// transaction. Thread-safe; does not wait; `done` is called on the writer's thread with "" once durable.
void keep_dead_letter(writer& by, dead_letter letter, letter_due due, std::optional<std::uint64_t> moved_to,
                      std::function<void(const std::string& error)> done = {});

/// Takes up to `most` scheduled letters that are due at `now_us` and nobody has, of these sources, for
/// `lease_us`: until then no one else is given them. The oldest first. Waits for the disk, as do those below;
/// they throw std::runtime_error when nothing can be written.
std::vector<kept_letter> claim_due_letters(writer& by, const std::vector<std::string>& sources,
                                           std::int64_t now_us, std::int64_t lease_us, std::size_t most);

/// What came of a letter that was claimed: delivered, or not, for `reason`, and then due again or pending.
/// False: the lease had run out and somebody else has it, or its state was changed; nothing is written.
struct retry_outcome {
    bool delivered = false;
    std::string reason;
    letter_due due;
    bool counted = true;  ///< false: nobody could be reached; it was no attempt
};
bool settle_retry(writer& by, const kept_letter& claimed, const retry_outcome& outcome);

/// Ends all leases: those of a process that is gone, for the one that now holds the store's lock. Waits.
void release_letter_leases(writer& by);

/// Schedules what is pending or scheduled, for `now_us`; how many.
std::uint64_t schedule_letters(writer& by, const letter_filter& which, std::int64_t now_us);
/// Discards what is pending or scheduled; how many. `reason` must not be empty.
std::uint64_t discard_letters(writer& by, const letter_filter& which, const std::string& reason);

/// Reads them. A read-only connection: one thread at a time. Throws open_error where `path` is no store of
/// this version, and std::runtime_error.
class letter_reader {
public:
    explicit letter_reader(const std::string& path);
    ~letter_reader();
    letter_reader(const letter_reader&) = delete;
    letter_reader& operator=(const letter_reader&) = delete;

    /// The newest first, without payloads.
    std::vector<kept_letter> list(const letter_filter& which, std::size_t most);
    /// With its payload.
    std::optional<kept_letter> find(std::int64_t id);
    std::vector<kept_change> history(std::int64_t letter);
    std::optional<kept_change> change(std::int64_t id);
    /// What a filter would choose of those that can still be retried or discarded.
    std::uint64_t count_open(const letter_filter& which);

    /// Totals by topic and state.
    struct total {
        std::string topic;
        letter_state state = letter_state::pending;
        std::uint64_t count = 0;
        std::int64_t oldest_us = 0;
    };
    std::vector<total> totals();
    /// How many changes of each kind there have been.
    std::uint64_t changes(letter_change what);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::store
