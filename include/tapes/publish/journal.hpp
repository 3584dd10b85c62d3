#pragma once

#include <tapes/store/dead_letters.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::publish {

/// The log as one cursor sees it: what it reads, where it stands, what it leaves behind. Used by the cursor's
/// thread, except for `last_seq` and `interrupt`, which are thread-safe. May throw std::runtime_error.
class journal {
public:
    virtual ~journal() = default;

    /// As store::reader::read_log.
    virtual std::vector<store::log_row> read(std::uint64_t after_seq, std::uint64_t max_bytes) = 0;
    virtual std::uint64_t last_seq() const = 0;
    /// Waits until there is a row past `seq`, or `timeout`, or `interrupt`.
    virtual void wait_past(std::uint64_t seq, std::chrono::milliseconds timeout) = 0;
    virtual void interrupt() = 0;

    /// The cursor as it is on disk.
    virtual std::optional<std::uint64_t> saved_cursor() = 0;
    /// Soon, or `now`.
    virtual void save_cursor(std::uint64_t seq, bool now) = 0;
    /// Kept together with moving the cursor to `moved_to`. The journal knows its source.
    virtual void keep_dead_letter(std::uint64_t moved_to, store::dead_letter letter) = 0;
    virtual std::optional<std::string> note(const std::string& name) = 0;
    virtual void save_note(const std::string& name, const std::string& value) = 0;
    /// When log row `seq + 1` was committed, in milliseconds since the epoch; nothing when there is none.
    virtual std::optional<std::int64_t> oldest_after_ms(std::uint64_t seq) = 0;
};

/// The log of a store, for the cursor `name`. `writer` must outlive it. `first_retry` says when a dead letter
/// is to be tried again (letter_sweeper.hpp); without it none is by itself.
std::unique_ptr<journal> make_store_journal(
    const std::string& path, store::writer& writer, std::string name,
    std::function<store::letter_due(const store::dead_letter&)> first_retry = {});

}  // namespace tapes::publish
