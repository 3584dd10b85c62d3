#pragma once

#include "fuzz.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/chain.hpp>

#include <string>

namespace tapes::fuzz {

inline void require_text(std::string_view text) {
    std::string repaired;
    merkle::append_utf8(repaired, text);
    require(repaired == text, "what was read is valid UTF-8");
}

/// A message makes a node, and the node's row gives its hash again.
inline void require_storable(const merkle::message& said) {
    const merkle::identity identity{"model", "provider", "agent"};
    const auto node = merkle::make_node({}, identity, said);
    require_text(node.role);
    require_text(node.content);
    std::string canonical;
    require(merkle::canonicalize(node.content, canonical) != merkle::canonical_error::not_json,
            "content is JSON");
    const auto again = merkle::hash_stored({}, identity, node.role, node.content);
    require(again && *again == node.position.hash, "the hash follows from the row");
    const merkle::node second = merkle::make_node(node.position, identity, said);
    const auto chained = merkle::hash_stored(node.position.hash, identity, second.role, second.content);
    require(chained && *chained == second.position.hash, "the hash of a child follows from its row");
}

}  // namespace tapes::fuzz
