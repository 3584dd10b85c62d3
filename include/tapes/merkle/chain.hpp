#pragma once

#include <tapes/merkle/content.hpp>
#include <tapes/merkle/digest.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tapes::merkle {

/// What all nodes of a turn share in their hashed bucket.
struct identity {
    std::string model;  ///< the *requested* model
    std::string provider;
    std::string agent_name;  ///< omitted from the hash when empty
};

/// A position in a chain: the node's hash and its match (the hash of the chain without what clients drop).
struct link {
    digest hash;
    digest match;  ///< equals `hash` where nothing was left out in this node and all its ancestors
};

/// A node that is ready to be stored.
struct node {
    link position;
    std::string role;
    std::string content;  ///< the event form of the blocks, see `event_content`
};

/// Makes a node, whose hash is the SHA-256 over the RFC 8785 canonical form of {"parent": …, "content":
/// bucket}; see docs/mapping.md. `parent` is nothing for a root. Thread-safe.
node make_node(const std::optional<link>& parent, const identity& identity, const message& message);

/// Returns the JSON array of `content` as events and the store hold it: fields in declaration order of
/// `block`, empty ones and a false `is_error` omitted, tool_input in canonical form. Valid UTF-8.
std::string event_content(const std::vector<block>& content);

/// Computes a node's hash again from what the store or an event holds (content in event form). Returns
/// nothing when `content` is not a JSON array of objects.
std::optional<digest> hash_stored(const std::optional<digest>& parent, const identity& identity,
                                  std::string_view role, std::string_view content);

}  // namespace tapes::merkle
