#pragma once

#include "pieces.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/store/history.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tapes::record {

/// What the messages of a request hang from, and which of them are new.
struct continuation {
    std::optional<store::known_node> above;  ///< the last node that is known; nothing: a new conversation
    std::size_t first_new = 0;               ///< the first message that stands below it
    std::int64_t leading_node = 0;           ///< see store::entry
};

/// Finds where a request goes on. History is found by its hash, else by its match, newest first, where a
/// message that does carry what clients drop must agree in it. Looks at what is committed; one thread at a
/// time.
class chain_finder {
public:
    explicit chain_finder(store::history& past) noexcept : past_{past} {}

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

private:
    std::optional<store::known_node> find_up_to(std::size_t last);
    bool agrees(const store::known_node& candidate, std::size_t last);
    void follow(const merkle::identity& who, const std::optional<store::known_node>& above,
                const std::vector<merkle::message>& messages, std::size_t first);
    continuation go_on();

    store::history& past_;

    // Of the request at hand.
    const std::vector<merkle::message>* messages_ = nullptr;
    std::vector<merkle::link> links_;  ///< by message, as if nothing had been dropped
    std::optional<store::known_node> above_;
    std::size_t first_ = 0;
};

}  // namespace tapes::record
