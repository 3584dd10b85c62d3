#pragma once

#include <tapes/store/placed.hpp>
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
    std::uint64_t seq = 0;  ///< number of its log row; 0: it came from a topic
    std::string event_id;   ///< "" when it has none
    std::string event_type;
    std::string topic;
    int partition = -1;  ///< where the message was read; -1: it never was on a topic
    std::int64_t offset = -1;
    std::string key;
    std::optional<std::string> payload;  ///< the message; without it the event is made again from its log row
    std::string reason;                  ///< why it failed the last time
    unsigned attempts = 1;
};

struct kept_letter : dead_letter {
    std::int64_t id = 0;
    letter_state state = letter_state::pending;
    unsigned retries = 0;  ///< how many of `attempts` were made from here
    std::int64_t received_at_us = 0;
    std::int64_t last_at_us = 0;     ///< when it was last tried
    std::int64_t changed_at_us = 0;  ///< when its state last changed
    std::int64_t due_at_us = 0;      ///< when a scheduled letter is tried again, at the earliest
    std::int64_t leased_until_us = 0;
    std::string discard_reason;
};

/// A row of `dead_letter_change`, with its letter as it is now.
struct kept_change {
    std::int64_t id = 0;
    letter_change kind = letter_change::received;
    std::int64_t at_us = 0;
    unsigned attempts = 0;       ///< how many there had been then
    std::string reason;          ///< why it failed, or why it was discarded
    std::int64_t due_at_us = 0;  ///< when it was to be tried again as of this change; 0: not by itself
    kept_letter letter;
};

/// Chooses letters; what is empty does not restrict the choice.
struct letter_filter {
    std::vector<std::int64_t> ids;
    std::vector<letter_state> states;
    std::string topic, event_type, source;
    std::int64_t received_from_us = 0;  ///< 0: no bound
    std::int64_t received_until_us = 0;
};

/// When a letter is tried again, in microseconds since the epoch; nothing: only when a person asks for it.
using letter_due = std::optional<std::int64_t>;

/// Keeps a letter, scheduled or pending, and announces it as `received`. `moved_to` moves the cursor
/// `letter.source` in the same transaction. Thread-safe; does not wait; `done` is called on the writer's
/// thread with "" once durable.
void keep_dead_letter(writer& store_writer, dead_letter letter, letter_due due,
                      std::optional<std::uint64_t> moved_to,
                      std::function<void(const std::string& error)> done = {});

/// Leases up to `most` scheduled letters of these sources that are due at `now_us` and that nobody has
/// leased, the oldest first: for `lease_us` no one else is given them. Waits for the disk, as do the
/// functions below; they throw std::runtime_error when nothing can be written.
std::vector<kept_letter> claim_due_letters(writer& store_writer, const std::vector<std::string>& sources,
                                           std::int64_t now_us, std::int64_t lease_us, std::size_t most);

/// What came of a leased letter: it was delivered, or it failed for `reason` and is due again or pending.
struct retry_outcome {
    bool delivered = false;
    std::string reason;
    letter_due due;
    bool counted = true;  ///< false: nobody could be reached; it was no attempt
};
/// Writes the outcome. Returns false, and writes nothing, where the lease had run out and somebody else has
/// the letter, or where its state was changed meanwhile.
bool settle_retry(writer& store_writer, const kept_letter& claimed, const retry_outcome& outcome);

/// Ends all leases: the process that had them is gone, for this one holds the store's lock. Waits.
void release_letter_leases(writer& store_writer);

/// Schedules the pending and scheduled letters among those chosen for `now_us`. Returns their number.
std::uint64_t schedule_letters(writer& store_writer, const letter_filter& filter, std::int64_t now_us);
/// Discards the pending and scheduled letters among those chosen. Returns their number. `reason` must not be
/// empty.
std::uint64_t discard_letters(writer& store_writer, const letter_filter& filter, const std::string& reason);

/// Reads dead letters. A read-only connection: one thread at a time. Throws open_error where `path` is no
/// store of this version, and std::runtime_error.
class letter_reader {
public:
    explicit letter_reader(const std::string& path);
    ~letter_reader();
    letter_reader(const letter_reader&) = delete;
    letter_reader& operator=(const letter_reader&) = delete;

    /// Lists the chosen letters without their payloads, the newest first.
    std::vector<kept_letter> list(const letter_filter& filter, std::size_t most);
    /// Finds a letter, with its payload.
    std::optional<kept_letter> find(std::int64_t id);
    std::vector<kept_change> history(std::int64_t letter);
    std::optional<kept_change> change(std::int64_t id);
    /// Counts the chosen letters that can still be retried or discarded.
    std::uint64_t count_open(const letter_filter& filter);

    /// How many letters of one topic have one state.
    struct total {
        std::string topic;
        letter_state state = letter_state::pending;
        std::uint64_t count = 0;
        std::int64_t oldest_us = 0;
    };
    std::vector<total> totals();
    /// Counts the changes of this kind that there have been.
    std::uint64_t changes(letter_change kind);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
