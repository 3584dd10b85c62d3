#pragma once

#include <tapes/capture/exchange.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tapes::store {

/// Tells which UUIDs exchanges of a store have, in bounded time: of its newest 32,768 exchanges, and of the
/// first 1,024 that were committed from the time on with which the UUID begins. There is no index of them. A
/// read-only connection, also while another process writes. One thread at a time; holds no read transaction
/// between calls. Throws std::runtime_error with SQLite's message.
class taken_ids {
public:
    /// Throws open_error where `path` is no store of this version.
    explicit taken_ids(const std::string& path);
    ~taken_ids();
    taken_ids(const taken_ids&) = delete;
    taken_ids& operator=(const taken_ids&) = delete;

    struct exchange {
        capture::uuid id{};
        std::int64_t head = 0;  ///< the node of its answer; 0: it has none
    };

    /// Returns an exchange with just this UUID; nothing where none is found.
    std::optional<exchange> find(const capture::uuid& id);
    /// Returns one whose UUID ends like this one; the 48 bits of its time do not count. Looks at the newest
    /// alone.
    std::optional<exchange> find_end_of(const capture::uuid& id);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::store
