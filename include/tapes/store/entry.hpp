#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/merkle/usage.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::store {

/// A node that is committed.
struct known_node {
    merkle::link position;
    std::int64_t id = 0;
    std::int64_t root = 0;
    std::int64_t depth = 0;
};

/// A node of a turn, with what the store keeps beside its hash.
struct entry_node {
    merkle::node node;
    int parent = -1;  ///< index in `entry::nodes` of the parent, which stands before it; -1: `entry::above`
    int choice = -1;  ///< >= 0: the answer of that index; -1: part of the request
    std::string stop_reason;  ///< of an answer
    /// Of an answer: texts that its events gave in other words, by which it may come back
    /// (llm::variant_of).
    std::vector<std::int64_t> variants = {};
};

/// Bytes as they are stored: zstd where that is smaller.
struct wire_bytes {
    std::string bytes;
    bool compressed = false;
    std::uint64_t raw_size = 0;
};

/// A part of request bodies that comes again with later ones (an element of the history, a system prompt):
/// kept once. Pieces stand in chains; `digest` is the SHA-256 of the digest of the one before (nothing for
/// the first) and of `bytes` as they were before compression.
struct piece {
    static constexpr int no_node = -1;
    static constexpr int above = -2;

    merkle::digest digest{};
    wire_bytes bytes;
    /// What a chain of the history has led to behind it, so that a later request may go on from there: an
    /// index in `entry::nodes`, or `above`: `entry::above`.
    int node = no_node;
};

/// A chain of pieces that stands at one place of a body.
struct piece_chain {
    std::size_t offset = 0;    ///< in the bytes that are kept beside the pieces
    std::int64_t known = 0;    ///< the stored piece that `added` goes on from; 0: none
    std::vector<piece> added;  ///< in order
    merkle::digest last{};     ///< where nothing was added, the digest of `known`; zeros for an empty chain
};

/// What is kept of an exchange's bytes (`record.wire`); redacted.
struct wire {
    std::string request_head;
    std::string response_head;
    wire_bytes request;               ///< without what stands in pieces
    std::vector<piece_chain> pieces;  ///< of the request's body, by offset
    wire_bytes response;
    bool request_decoded = false;  ///< content codings were undone because something inside was redacted
    bool response_decoded = false;
    std::optional<merkle::digest> digest;  ///< of all of this; computed by the writer where it is missing
};

/// Returns the digest over what is kept of an exchange's bytes, which is a part of the digest over the
/// exchange. Thread-safe. docs/schema.md lists the values that it covers.
merkle::digest digest_of(const wire& kept);

/// What is kept of an exchange that was committed to another store before.
struct committed_before {
    std::int64_t at_us = 0;  ///< microseconds since the epoch
    std::uint64_t request_bytes = 0;
    std::uint64_t response_bytes = 0;
    std::optional<std::int64_t> captured_request_bytes;  ///< nothing: all of them
    std::optional<std::int64_t> captured_response_bytes;
    std::string times;  ///< capture::chunk_times, encoded
};

/// Something that the maker of an entry wants to live as long as the entry, which is destroyed once it is
/// settled.
class entry_attachment {
public:
    virtual ~entry_attachment() = default;
};

/// Who asked, as far as the head of a request tells. It is metadata of the exchange: only an agent that is
/// named by a path prefix or by X-Tapes-Agent-Name is hashed.
struct speaker {
    std::string program;   ///< the agent: "claude-code", "codex", …; "" where it is not known
    std::string client;    ///< the library or program that sent the request: "openai-python", "curl", …
    std::string agent_id;  ///< of a sub-agent, as Claude Code names it
    std::string parent_agent_id;  ///< of the agent that started it
    std::string parent_session;   ///< the session that started this one
};

/// The stop reason of a turn whose answer is still to come, and of one whose answer broke off: a later
/// exchange may bring what is missing.
inline constexpr std::string_view pending_answer = "pending";
inline constexpr std::string_view incomplete_answer = "incomplete";

constexpr bool is_open_answer(std::string_view stop_reason) noexcept {
    return stop_reason == pending_answer || stop_reason == incomplete_answer;
}

/// One exchange, ready to be committed. Everything in it is redacted.
struct entry {
    std::unique_ptr<capture::exchange>
        exchange;     ///< its heads and bodies are not written; its other members are
    std::string api;  ///< llm::api::name, "" where none
    capture::drop_reason dropped = capture::drop_reason::none;
    std::string target;  ///< redacted
    std::string session;
    speaker sender;
    std::string model;  ///< requested
    std::string response_model;
    std::string response_id;
    std::vector<std::string> item_ids;  ///< by which later requests may name what was answered
    std::string conversation;           ///< of the provider, whose last answer this is
    bool stateful = false;              ///< later requests may name this answer by `response_id`
    bool streamed = false;
    merkle::usage used;
    std::string stop_reason;
    std::optional<known_node> above;  ///< what nodes without a parent here hang from; nothing: they are roots
    std::vector<entry_node>
        nodes;                ///< empty unless `dropped` is none; without an answer the last is the head
    std::size_t leading = 0;  ///< so many of `nodes` come from outside the history
    std::int64_t leading_node = 0;  ///< where `above` is set: the last of those above, 0: none
    bool keep_wire = false;
    store::wire wire;
    std::string reading;         ///< how the answer was read where its label says otherwise, else ""
    std::int64_t answer_of = 0;  ///< the earlier exchange whose answer this one is about; 0: none
    /// The answer of that exchange as this one brought it: its nodes hang from the question. It is taken
    /// where the earlier answer is pending or incomplete by then, and this one is more. May be null.
    std::unique_ptr<entry> fuller;
    int mapping_version = 3;
    std::optional<committed_before> before;
    std::unique_ptr<entry_attachment> attachment;  ///< may be null
};

}  // namespace tapes::store
