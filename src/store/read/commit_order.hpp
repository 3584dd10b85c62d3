#pragma once

#include "file/sqlite.hpp"

#include <cstdint>
#include <span>

namespace tapes::store {

/// The time that a UUID of version 7 begins with (RFC 9562 §5.7), in microseconds since the epoch.
std::int64_t time_of_uuid(std::span<const std::uint8_t, 16> uuid);

/// Finds exchanges by when they were committed, which is the order of their ids. `db` must outlive it.
class commit_order {
public:
    explicit commit_order(connection& db);

    /// The first id with which an exchange may stand that was committed at `time_us` or later.
    std::int64_t first_since(std::int64_t time_us);

private:
    connection& db_;
    statement committed_from_;
};

}  // namespace tapes::store
