#pragma once

#include <tapes/capture/ledger.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/store/log_kind.hpp>
#include <tapes/store/placed.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/stored_node.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::store {

/// A row of the log: an exchange and the nodes that its turn added, a dead letter, or imported nodes.
struct log_row {
    std::uint64_t seq = 0;
    log_kind kind = log_kind::exchange;
    std::int64_t ref = 0;            ///< exchange id or dead_letter_change.id; 0 of an import
    std::vector<stored_node> nodes;  ///< in commit order: a parent before its child
};

/// A read-only connection. One thread at a time; never holds a read transaction between calls, so that it
/// does not pin the WAL. Throws std::runtime_error with SQLite's message when a query fails.
class reader {
public:
    explicit reader(const std::string& path);
    ~reader();
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    /// Rows after `seq` in order with their nodes, until about `max_bytes` of content (at least one row) or
    /// `max_rows`.
    std::vector<log_row> read_log(std::uint64_t after_seq, std::uint64_t max_bytes,
                                  std::size_t max_rows = 4096);

    std::optional<stored_node> find_node(const merkle::digest& hash);
    /// The same without its content.
    std::optional<stored_node> find_node_head(const merkle::digest& hash);
    std::optional<stored_node> node(std::int64_t id);
    std::optional<stored_node> node_head(std::int64_t id);
    std::optional<std::uint64_t> cursor(const std::string& name);
    std::optional<std::string> note(const std::string& name);
    std::uint64_t last_seq();
    capture::ledger::totals totals();  ///< the ledger as of the last group, all runs together
    /// Milliseconds since the epoch at which log row `seq + 1` was committed; nothing when there is none.
    std::optional<std::int64_t> oldest_after_ms(std::uint64_t seq);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
