#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/merkle/usage.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tapes::store {

/// A node of a turn, with what the store keeps beside its hash.
struct entry_node {
    merkle::node node;
    int parent = -1;          ///< index in `entry::nodes` of the parent, which stands before it; -1: a root
    int choice = -1;          ///< >= 0: the answer of that index; -1: part of the request
    std::string stop_reason;  ///< of an answer
};

/// Bytes as they are stored: zstd where that is smaller.
struct wire_bytes {
    std::string bytes;
    bool compressed = false;
    std::uint64_t raw_size = 0;
};

/// What is kept of an exchange's bytes (`record.wire`); redacted.
struct wire {
    std::string request_head;
    std::string response_head;
    wire_bytes request;
    wire_bytes response;
    bool request_decoded = false;  ///< content codings were undone because something inside was redacted
    bool response_decoded = false;
};

/// One exchange, ready to be committed. Everything in it is redacted.
struct entry {
    std::unique_ptr<capture::exchange>
        exchange;     ///< its heads and bodies are not written; its other members are
    std::string api;  ///< llm::api::name, "" where none
    capture::drop_reason dropped = capture::drop_reason::none;
    std::string target;  ///< redacted
    std::string session;
    std::string model;  ///< requested
    std::string response_model;
    std::string response_id;
    bool streamed = false;
    merkle::usage used;
    std::string stop_reason;
    std::vector<entry_node> nodes;  ///< empty unless `dropped` is none
    bool keep_wire = false;
    store::wire wire;
    int mapping_version = 1;
};

}  // namespace tapes::store
