#pragma once

#include <tapes/store/log_kind.hpp>
#include <tapes/store/placed.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::store {

/// A turn of the log with what it can be chosen by, but without contents. A row without an exchange (imported
/// or received nodes) is a turn for each of its nodes.
struct logged_turn {
    std::uint64_t seq = 0;
    log_kind kind = log_kind::exchange;
    std::int64_t ref = 0;  ///< as log_row::ref
    std::int64_t at_us =
        0;  ///< when it was recorded: the exchange accepted, the node made, the row committed
    std::string session, provider, agent_name, project;
    std::vector<std::int64_t> heads;  ///< the last nodes of its chains, ascending; empty: it has no nodes
};

/// The nodes above a node that its row names.
struct node_ancestors {
    std::int64_t parent = 0;  ///< 0: it is a root
    std::int64_t root = 0;
};

/// Goes through the log fast. A read-only connection: one thread at a time; holds no read transaction between
/// calls. Throws open_error where `path` is no store of this version, and std::runtime_error with SQLite's
/// message when a query fails.
class turn_reader {
public:
    explicit turn_reader(const std::string& path);
    ~turn_reader();
    turn_reader(const turn_reader&) = delete;
    turn_reader& operator=(const turn_reader&) = delete;

    /// Reads the turns of at most `most` log rows behind `after` and up to `last`; empty only at the end.
    std::vector<logged_turn> read(std::uint64_t after, std::uint64_t last, std::size_t most = 512);

    /// Reads where a node hangs. Throws std::runtime_error when there is no such node.
    node_ancestors ancestors(std::int64_t node);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
