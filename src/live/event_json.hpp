#pragma once

#include <tapes/live/event.hpp>
#include <tapes/read/block.hpp>
#include <tapes/read/exchange.hpp>
#include <tapes/store/chain_reader.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// Events as JSON in one line, as docs/commands.md tells field by field.
namespace tapes::live {

/// What the event of an exchange says beside the exchange.
struct exchange_details {
    std::uint64_t row = 0;  ///< of the log
    std::int64_t committed_at_us = 0;
    bool amended = false;
    std::string session, title;
    std::string head;    ///< hash of its answer
    read::content said;  ///< the beginning of it
};
std::string exchange_json(const read::exchange& one, const exchange_details& details);

/// What the event of a node says beside the node.
struct node_details {
    std::uint64_t row = 0;  ///< of the log
    std::string parent;     ///< hash
    std::string exchange;   ///< UUID
    event_subject about;
    read::content said;  ///< the beginning of it
};
std::string node_json(const store::node_row& node, const node_details& details);

/// Counts of a store.
struct store_counts {
    std::uint64_t accepted = 0, recorded = 0, dropped = 0, nodes = 0;
};
std::string counts_json(const store_counts& counts);

/// The state when a reader comes.
struct state_details {
    std::string cursor;  ///< id of the place from which on events follow
    std::string last;    ///< id of the last place there is
    std::string reset;   ///< why events do not go on where the reader was; "": they do
    std::string counts;  ///< JSON
    std::vector<partial_answer> answers;
};
std::string state_json(const state_details& details);

/// A block of an answer behind what a reader has of it.
struct partial_piece {
    std::size_t block = 0;  ///< within the answer, from 0
    std::size_t from = 0;   ///< byte of its text
};
std::string partial_json(const partial_answer& answer, const std::vector<partial_piece>& pieces);

std::string heartbeat_json(const std::string& cursor, std::int64_t at_us);

}  // namespace tapes::live
