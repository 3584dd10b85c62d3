#pragma once

#include <tapes/merkle/chain.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace tapes::record {

/// The nodes of a request's messages from `first` on, hung below `above` as if clients had dropped nothing.
/// They are computed once and used by whoever they fit.
struct linked_messages {
    std::optional<merkle::link> above;
    std::size_t first = 0;
    std::vector<merkle::node>
        nodes;  ///< one for each message; of a known message only the position is filled

    /// Computes the nodes of `messages`, unless they are there already.
    void link(const merkle::identity& identity, const std::optional<merkle::link>& parent,
              const std::vector<merkle::message>& messages, std::size_t first_message);
    /// Tells whether the chain hangs below `link` and starts with this message.
    bool begins_at(const std::optional<merkle::link>& link, std::size_t message) const noexcept;
    /// Returns the node of message `i` if it hangs below `parent`, else null.
    merkle::node* find(const std::optional<merkle::link>& parent, std::size_t i) noexcept;
};

}  // namespace tapes::record
