#pragma once

#include <tapes/store/log_events.hpp>
#include <tapes/store/placed.hpp>
#include <tapes/store/reader.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::store {

/// Reads what rows of the log refer to, beside nodes. A read-only connection: one thread at a time; holds no
/// read transaction between calls. Throws std::runtime_error with SQLite's message when a query fails.
class event_reader {
public:
    explicit event_reader(const std::string& path);
    ~event_reader();
    event_reader(const event_reader&) = delete;
    event_reader& operator=(const event_reader&) = delete;

    /// At most `most` rows after `after_seq`, in order, without their nodes.
    std::vector<log_row> rows(std::uint64_t after_seq, std::size_t most);

    /// The exchange that a row refers to.
    std::optional<logged_exchange> exchange(std::int64_t id);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
