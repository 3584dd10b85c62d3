#pragma once

#include "write/entry_rows.hpp"

#include <cstdint>

namespace tapes::store {

/// Appends the log rows of nodes that were added beside turns. Readers of the log take a row with all its
/// nodes at once, so a row ends where the content of its nodes reaches a size. Within a job.
class node_announcer {
public:
    node_announcer(entry_rows& rows, std::int64_t now_us) : rows_{rows}, now_us_{now_us} {}

    /// Takes the node that was added last.
    void add(std::int64_t node, std::uint64_t content_bytes);
    /// Appends the row of what has none yet. To be called at the end.
    void finish();

private:
    static constexpr std::uint64_t bytes_per_log_row = 1 << 20;

    entry_rows& rows_;
    const std::int64_t now_us_;
    chain_rows::added range_;
    std::uint64_t bytes_ = 0;
};

}  // namespace tapes::store
