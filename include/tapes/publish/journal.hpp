#pragma once

#include <tapes/event/choice.hpp>
#include <tapes/event/record.hpp>
#include <tapes/store/dead_letters.hpp>
#include <tapes/store/log_events.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::publish {

/// A row of the log with those of its events that a cursor delivers.
struct journal_row {
    std::uint64_t seq = 0;
    std::vector<store::stored_node> nodes;  ///< a parent before its child
    std::optional<store::logged_exchange> exchange;
    std::optional<store::kept_change> letter;

    std::size_t events() const { return nodes.size() + (exchange ? 1U : 0U) + (letter ? 1U : 0U); }
    /// Returns an event in the order of delivery; `index` is below events().
    event::any_event at(std::size_t index) const;
};

/// What a cursor delivers.
struct journal_settings {
    std::string name = "kafka";  ///< of the cursor
    event::event_choice events;
    /// Says when a dead letter is to be tried again (letter_sweeper.hpp). Where it is not set, none is by
    /// itself.
    std::function<store::letter_due(const store::dead_letter&)> first_retry;
};

/// The log as one cursor sees it: what it reads, where it stands, what it leaves behind. Used by the cursor's
/// thread, except for `last_seq` and `interrupt`, which are thread-safe. May throw std::runtime_error.
class journal {
public:
    virtual ~journal() = default;

    /// Reads rows after `after_seq` in order, until about `max_bytes` of content (at least one row, where
    /// there is one; it may be without events). Calls may go back to where the cursor was moved to, no
    /// further.
    virtual std::vector<journal_row> read(std::uint64_t after_seq, std::uint64_t max_bytes) = 0;
    virtual std::uint64_t last_seq() const = 0;
    /// Waits until there is a row past `seq`, or `timeout`, or `interrupt`.
    virtual void wait_past(std::uint64_t seq, std::chrono::milliseconds timeout) = 0;
    virtual void interrupt() = 0;

    /// Returns the cursor as it is on disk.
    virtual std::optional<std::uint64_t> saved_cursor() = 0;
    /// Saves the cursor soon, or `now`.
    virtual void save_cursor(std::uint64_t seq, bool now) = 0;
    /// Saves what was held back. Called every second or so, and at the end.
    virtual void flush() {}
    /// Keeps a dead letter in the transaction that moves the cursor to `moved_to`. The journal adds its
    /// source.
    virtual void keep_dead_letter(std::uint64_t moved_to, store::dead_letter letter) = 0;
    virtual std::optional<std::string> note(const std::string& name) = 0;
    virtual void save_note(const std::string& name, const std::string& value) = 0;
    /// Returns when log row `seq + 1` was committed, in milliseconds since the epoch; nothing when there is
    /// none.
    virtual std::optional<std::int64_t> oldest_after_ms(std::uint64_t seq) = 0;
};

/// Opens the log of a store for one cursor. `writer` must outlive it.
std::unique_ptr<journal> make_store_journal(const std::string& path, store::writer& writer,
                                            journal_settings settings);

}  // namespace tapes::publish
