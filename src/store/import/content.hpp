#pragma once

#include "import/source.hpp"

#include <optional>

namespace tapes::store {

/// The node that a v0.4 row says, ready to be stored: its content in event form, and `hash` as its hash.
/// Nothing where the row's hash is another one.
std::optional<merkle::node> make_reference_node(const std::optional<merkle::link>& parent,
                                                const reference_node& from, const merkle::digest& hash);

}  // namespace tapes::store
