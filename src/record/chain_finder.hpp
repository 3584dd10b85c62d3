#pragma once

#include "content_agreement.hpp"
#include "linked_messages.hpp"

#include <tapes/merkle/chain.hpp>
#include <tapes/store/history.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tapes::record {

/// The place in the stored conversations where a request goes on.
struct continuation {
    std::optional<store::known_node> above;  ///< the last message that is stored; nothing: a new conversation
    std::size_t first_new = 0;               ///< the first message that is not stored; it hangs below `above`
    std::int64_t leading_node = 0;           ///< see store::entry
};

/// Finds the stored node that a request goes on from. A message is known by its hash, else by its match, the
/// what the message still carries of what clients drop must then agree with the node. Of several such nodes
/// the one that agrees as a whole comes first, then one of the same session, then the newest. Only committed
/// nodes are found. For one thread at a time.
class chain_finder {
public:
    /// `links` may hold what an earlier finder computed for the same messages; it receives what is computed
    /// here. `session`: the client's own id of its session, or "".
    chain_finder(store::history& history, linked_messages& links, std::string_view session = {}) noexcept
        : history_{history}, session_{session}, links_{links} {}

    /// Looks for all messages of a request. The first `leading` of them stand outside of its history.
    continuation find(const merkle::identity& identity, const std::vector<merkle::message>& messages,
                      std::size_t leading);

    /// Looks for the messages from `first` on below the node `above`, which the ones before have led to.
    continuation find_below(const merkle::identity& identity, const store::known_node& above,
                            const std::vector<merkle::message>& messages, std::size_t first);

    /// Returns the node that a known piece of an earlier request led to. It holds for this request only if
    /// model, provider, agent and the leading messages are the same; otherwise nothing is returned.
    std::optional<store::known_node> known_end(const merkle::identity& identity,
                                               const store::history::known_piece& piece,
                                               const std::vector<merkle::message>& messages,
                                               std::size_t leading);

private:
    std::optional<store::known_node> find_up_to(std::size_t last);
    agreement compare(const store::known_node& candidate, std::size_t last);
    void follow(const merkle::identity& identity, const std::optional<store::known_node>& above,
                const std::vector<merkle::message>& messages, std::size_t first);
    continuation go_on();
    const merkle::link& position(std::size_t message) const { return links_.nodes[message].position; }

    store::history& history_;
    std::string_view session_;

    // Of the request at hand.
    const std::vector<merkle::message>* messages_ = nullptr;
    linked_messages& links_;
    std::optional<store::known_node> above_;
    std::size_t first_ = 0;
};

}  // namespace tapes::record
