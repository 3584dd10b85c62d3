#pragma once

#include <tapes/merkle/digest.hpp>
#include <tapes/read/block.hpp>
#include <tapes/read/sources.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tapes::read {

/// A node that was new with an exchange.
struct new_node {
    std::int64_t node = 0;
    merkle::digest hash{};
    std::string role;
    excerpt text;  ///< the beginning of its first block
};

/// A piece in which an answer came.
struct answer_piece {
    std::int64_t at_us = 0;  ///< since the request's head was there
    std::uint64_t bytes = 0;
    bool operator==(const answer_piece&) const = default;
};

/// What is told of one exchange beside what lists tell of it. Text is empty, and a time 0, where there is
/// none.
struct exchange_details {
    std::int64_t connected_at_us = 0, sent_at_us = 0;  ///< of the upstream, and to it
    std::int64_t first_byte_at_us = 0, last_byte_at_us = 0, committed_at_us = 0;
    std::string target;    ///< what the client asked for, with its query, redacted
    std::string upstream;  ///< where it was sent
    std::string peer;      ///< who sent it: address and port
    std::string response_id;
    std::string reading;  ///< how the bodies were read where their labels say otherwise
    std::string agent_id, parent_agent_id, parent_session;
    bool streamed = false;
    /// When the pieces of the answer came; neighbours as one where there were many. Empty where it came in
    /// one piece, or its times were not kept.
    std::vector<answer_piece> pieces;
    std::string session, session_title;   ///< in the catalogue
    std::string previous, following;      ///< the exchanges (UUID) beside it in that session
    std::vector<std::string> fetched_by;  ///< the later exchanges (UUID) with which its answer came
    std::vector<new_node> new_nodes;
    bool more_new_nodes = false;
};

/// Reads them; nothing where there is no such exchange. At most `most_nodes` new nodes are told. Throws
/// std::runtime_error with SQLite's message.
std::optional<exchange_details> find_exchange_details(sources& from, std::int64_t seq,
                                                      std::size_t most_nodes = 64);

}  // namespace tapes::read
