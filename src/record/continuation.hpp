#pragma once

#include "pieces.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/store/history.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace tapes::record {

/// What the messages of a request hang from, and which of them are new.
struct continuation {
    std::optional<store::known_node> above;  ///< the last node that is known; nothing: a new conversation
    std::size_t first_new = 0;               ///< the first message that stands below it
    std::int64_t leading_node = 0;           ///< see store::entry
};

/// The nodes of a request's messages, as if nothing had been dropped, from `first` on below `above`. Made
/// once, and taken by whom they fit.
struct linked_messages {
    std::optional<merkle::link> above;
    std::size_t first = 0;
    std::vector<merkle::node> nodes;  ///< by message; of those that are known the positions alone

    bool begins_at(const std::optional<merkle::link>& link, std::size_t message) const noexcept;
    /// The node of message `i` below `parent`, or null.
    merkle::node* find(const std::optional<merkle::link>& parent, std::size_t i) noexcept;
};

/// What a provider says. Only behind it there can be something that a client has dropped.
bool is_answer(const merkle::message& one);

/// Where `said` does carry what clients drop, the stored content (in event form) holds the same, in this
/// order; of a thought its text, its signature or both.
bool agrees(const merkle::message& said, std::string_view stored);

/// Finds where a request goes on. History is found by its hash, else by its match, newest first, where a
/// message that does carry what clients drop must agree in it. Looks at what is committed; one thread at a
/// time.
class chain_finder {
public:
    /// `links` may hold what an earlier finder made of the same messages; holds what is made.
    chain_finder(store::history& past, linked_messages& links) noexcept : past_{past}, links_{links} {}

    /// Of all messages of a request, `leading` of them from outside its history.
    continuation find(const merkle::identity& who, const std::vector<merkle::message>& messages,
                      std::size_t leading);

    /// Of messages that stand below `above`, when those before are known.
    continuation find_below(const merkle::identity& who, const store::known_node& above,
                            const std::vector<merkle::message>& messages, std::size_t first);

    /// The node that a known piece led to, if it did so for the same model, provider and agent, behind the
    /// same leading messages.
    std::optional<store::known_node> known_end(const merkle::identity& who,
                                               const store::history::known_piece& piece,
                                               const std::vector<merkle::message>& messages,
                                               std::size_t leading);

    /// Makes the nodes of messages that nothing is looked for of.
    static void link(linked_messages& links, const merkle::identity& who,
                     const std::optional<merkle::link>& above, const std::vector<merkle::message>& messages,
                     std::size_t first);

private:
    std::optional<store::known_node> find_up_to(std::size_t last);
    bool agrees(const store::known_node& candidate, std::size_t last);
    void follow(const merkle::identity& who, const std::optional<store::known_node>& above,
                const std::vector<merkle::message>& messages, std::size_t first);
    continuation go_on();
    const merkle::link& position(std::size_t message) const { return links_.nodes[message].position; }

    store::history& past_;

    // Of the request at hand.
    const std::vector<merkle::message>* messages_ = nullptr;
    linked_messages& links_;
    std::optional<store::known_node> above_;
    std::size_t first_ = 0;
};

}  // namespace tapes::record
