#pragma once

#include <tapes/capture/ending.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/merkle/usage.hpp>
#include <tapes/store/log_kind.hpp>
#include <tapes/store/placed.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::store {

/// An exchange, as far as what is derived from the log is made of it.
struct scanned_exchange {
    std::int64_t id = 0;
    std::int64_t accepted_at_us = 0;
    std::int64_t last_byte_at_us = 0;  ///< 0: no byte came
    std::string session, parent_session, agent_id, parent_agent_id;
    std::string project, agent_name, program, client, caller, provider, api;
    std::string model, response_model, stop_reason;
    int status = 0;  ///< 0: no answer came
    merkle::usage used;
    capture::end_reason ended = capture::end_reason::complete;
    capture::drop_reason dropped = capture::drop_reason::none;
    std::int64_t head = 0;              ///< node of its answer; 0: none
    std::int64_t answer_of = 0;         ///< see entry
    std::vector<std::int64_t> answers;  ///< the nodes of all its choices, where there are several
};

/// A node with ids for what stands above it.
struct scanned_node {
    std::int64_t id = 0;
    std::int64_t parent = 0;  ///< 0: it is a root
    std::int64_t root = 0;
    merkle::digest hash{};
    std::string role, model, provider, agent_name, project, stop_reason;
    merkle::usage used;
    std::int64_t created_at_us = 0;
    std::string content;  ///< event form
};

/// A row of the log with what it refers to.
struct scanned_row {
    std::uint64_t seq = 0;
    log_kind kind = log_kind::exchange;
    std::int64_t at_us = 0;                    ///< committed
    std::optional<scanned_exchange> exchange;  ///< of an exchange or an amendment, as its row is by now
    std::vector<scanned_node> nodes;           ///< that were new with it, ascending
};

/// Where a node hangs.
struct node_place {
    std::int64_t parent = 0;
    std::int64_t root = 0;
    std::string role;
};

/// Goes through the log with all that it refers to, for what is derived from it. A read-only connection: one
/// thread at a time; holds no read transaction between calls. Throws open_error where `path` is no store of
/// this version, and std::runtime_error with SQLite's message when a query fails.
class log_scan {
public:
    explicit log_scan(const std::string& path);
    ~log_scan();
    log_scan(const log_scan&) = delete;
    log_scan& operator=(const log_scan&) = delete;

    /// Reads rows behind `after` in order: at most `max_rows`, and no further ones once their contents have
    /// `max_bytes`. Empty only at the end.
    std::vector<scanned_row> read(std::uint64_t after, std::size_t max_rows, std::uint64_t max_bytes);
    std::uint64_t last_seq();

    /// Reads nodes by their ids from `first` to `last`, whatever rows tell of them: at most `max_nodes`, and
    /// no further ones once their contents have `max_bytes`.
    std::vector<scanned_node> nodes(std::int64_t first, std::int64_t last, std::size_t max_nodes,
                                    std::uint64_t max_bytes);
    std::int64_t last_node();  ///< the newest id; 0: there is none
    /// When a row was committed, in microseconds; nothing where there is none of that number.
    std::optional<std::int64_t> committed_at(std::uint64_t seq);

    /// These throw std::runtime_error when there is no such node.
    node_place place(std::int64_t node);
    merkle::digest hash(std::int64_t node);
    std::string content(std::int64_t node);

    /// What tells this store from all others, in 32 hexadecimal digits: nobody can find the key of its
    /// redactions with it.
    std::string store_id();

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
