#pragma once

#include <tapes/merkle/digest.hpp>
#include <tapes/merkle/usage.hpp>
#include <tapes/store/placed.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::store {

/// A node of a chain.
struct chain_link {
    std::int64_t node = 0;
    std::int64_t exchange = 0;  ///< the first whose answer it is, as its choice 0; 0: none
    bool answer = false;        ///< its role is that of a provider
};

/// A committed node without its content.
struct node_row {
    std::int64_t id = 0;
    merkle::digest hash{};
    std::int64_t parent = 0;  ///< 0 at a root
    std::int64_t root = 0;
    std::int64_t depth = 0;  ///< 0 at a root
    std::string role, model, provider, agent_name, project, stop_reason;
    std::int64_t created_at_us = 0;  ///< microseconds since the epoch, UTC
};

/// Reads chains of nodes whose contents may be large: rows apart from contents, and contents in pieces. A
/// read-only connection: one thread at a time; holds no read transaction between calls. Throws
/// std::runtime_error with SQLite's message when a query fails.
class chain_reader {
public:
    explicit chain_reader(const std::string& path);
    ~chain_reader();
    chain_reader(const chain_reader&) = delete;
    chain_reader& operator=(const chain_reader&) = delete;

    /// Returns the chain that ends with `node`, the root first; empty where there is no such node.
    std::vector<chain_link> chain(std::int64_t node);
    std::optional<node_row> row(std::int64_t node);
    /// Counts the answers of the chain that ends with `node`, behind its node `above`; 0: from the root on.
    std::uint64_t count_answers(std::int64_t node, std::int64_t above);

    /// Calls `take` with the pieces of a node's content (its event form), in order, until it returns false.
    /// No piece is larger than `piece_bytes`. Returns the size of the content; 0 where there is no such node.
    std::uint64_t content(std::int64_t node, const std::function<bool(std::string_view)>& take);
    /// Appends at most `most` bytes of a node's content from `at` on. Returns the size of the content; 0:
    /// there is no such node.
    std::uint64_t content_part(std::int64_t node, std::uint64_t at, std::size_t most, std::string& to);
    static constexpr std::size_t piece_bytes = std::size_t{64} * 1024;

    /// Finds at most `most` nodes whose hash begins with these hexadecimal digits (of either case), 1 to 64;
    /// empty where `digits` are none. Reads all of the newest nodes, which are in no index yet.
    std::vector<std::int64_t> find(std::string_view digits, std::size_t most = 2);

    /// Lists the newest exchanges before `before`, at most `most`, whose answer the node is, as their choice
    /// 0, ascending.
    std::vector<std::int64_t> answered(std::int64_t node,
                                       std::int64_t before = std::numeric_limits<std::int64_t>::max(),
                                       std::size_t most = 16);
    /// Counts these, up to 10,000.
    std::uint64_t count_answered(std::int64_t node);
    /// Returns the exchange with which the node was new; 0 where it came without one.
    std::int64_t first_exchange(std::int64_t node);
    /// Returns the first node that was new with a row of the log that was committed then or later.
    std::optional<std::int64_t> first_node_since(std::int64_t at_us);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
