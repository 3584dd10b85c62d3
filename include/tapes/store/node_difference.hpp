#pragma once

#include <tapes/merkle/digest.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tapes::store {

/// Where a node of a store came from.
enum class node_origin { kept_exchange, exchange_without_bytes, elsewhere };

/// A node that one of two stores has alone.
struct lone_node {
    merkle::digest hash{};
    bool in_first = false;
    node_origin origin = node_origin::kept_exchange;  ///< as its own store's log tells
    bool expected = false;                            ///< in the second: see below
};

/// Compares two stores: calls `each` for every node that only one of two stores has, in the order of their
/// hashes. `added`: log rows of the second, ascending, whose nodes are expected to be there alone. Sorts on
/// disk where much is to be sorted. Throws std::runtime_error where a store cannot be read.
void compare_nodes(const std::string& first, const std::string& second,
                   const std::vector<std::int64_t>& added, const std::function<void(const lone_node&)>& each);

}  // namespace tapes::store
