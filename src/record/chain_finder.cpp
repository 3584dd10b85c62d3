#include "chain_finder.hpp"

#include <algorithm>

namespace tapes::record {

void chain_finder::follow(const merkle::identity& identity, const std::optional<store::known_node>& above,
                          const std::vector<merkle::message>& messages, std::size_t first) {
    messages_ = &messages;
    above_ = above;
    first_ = first;
    links_.link(identity, above ? std::optional{above->position} : std::nullopt, messages, first);
}

/// Returns the stored node that the messages up to `last` lead to.
std::optional<store::known_node> chain_finder::find_up_to(std::size_t last) {
    if (auto exact = history_.find(position(last).hash)) {
        return exact;
    }
    std::optional<store::known_node> best;
    auto reached = agreement::none;
    bool same_session = false;
    const auto candidates = history_.find_match(position(last).match, store::history::most_matches, session_);
    for (const auto& candidate : candidates) {
        const auto agreed = compare(candidate, last);
        if (agreed == agreement::none || agreed < reached) {
            continue;
        }
        const bool own =
            !session_.empty() && candidates.size() > 1 && history_.is_of_session(candidate.id, session_);
        if (agreed > reached || (own && !same_session)) {
            best = candidate;
            reached = agreed;
            same_session = own;
        }
        if (reached == agreement::whole && (same_session || session_.empty())) {
            break;
        }
    }
    return best;
}

agreement chain_finder::compare(const store::known_node& candidate, std::size_t last) {
    const auto& messages = *messages_;
    auto until = first_;
    while (until <= last && !carries_droppable(messages[until])) {
        ++until;
    }
    auto reached = agreement::whole;
    auto id = candidate.id;
    for (auto i = last + 1; i-- > until && reached != agreement::none; id = history_.parent(id)) {
        if (!carries_droppable(messages[i])) {
            continue;
        }
        const auto stored = history_.node(id);
        const auto variants = stored ? history_.variants(id) : std::vector<std::int64_t>{};
        reached = stored ? std::min(reached, record::compare(messages[i], {stored->content, &variants}))
                         : agreement::none;
    }
    return reached;
}

continuation chain_finder::go_on() {
    const auto& messages = *messages_;
    std::vector<std::size_t> answers;
    for (auto i = first_; i < messages.size(); ++i) {
        if (is_answer(messages[i])) {
            answers.push_back(i);
        }
    }
    const auto known_at = [&](std::size_t answer) -> std::optional<continuation> {
        auto node = find_up_to(answer);
        return node ? std::optional{continuation{node, answer + 1, 0}} : std::nullopt;
    };
    // Nearly always the last answer is the one that is stored, or there is none.
    if (answers.empty()) {
        return {above_, first_, 0};
    }
    if (auto found = known_at(answers.back())) {
        return *found;
    }
    answers.pop_back();
    // The answers before a stored one are stored too, if only with the same match: so the border can be
    // halved.
    std::size_t known = 0;
    for (auto unknown = answers.size(); known < unknown;) {
        const auto middle = known + (unknown - known) / 2;
        history_.find_match(position(answers[middle]).match, 1).empty() ? unknown = middle
                                                                        : known = middle + 1;
    }
    while (known-- > 0) {
        if (auto found = known_at(answers[known])) {
            return *found;
        }
    }
    return {above_, first_, 0};
}

continuation chain_finder::find(const merkle::identity& identity,
                                const std::vector<merkle::message>& messages, std::size_t leading) {
    if (std::ranges::none_of(messages, is_answer)) {
        return {};
    }
    follow(identity, std::nullopt, messages, 0);
    auto found = go_on();
    if (found.above && leading > 0 && leading <= found.first_new) {
        // The last leading message lies on the way from the root to the node, as deep as there are leading
        // messages.
        auto id = found.above->id;
        for (auto depth = found.first_new; depth > leading && leading > 1; --depth) {
            id = history_.parent(id);
        }
        found.leading_node = leading == 1 ? found.above->root : id;
    }
    return found;
}

continuation chain_finder::find_below(const merkle::identity& identity, const store::known_node& above,
                                      const std::vector<merkle::message>& messages, std::size_t first) {
    follow(identity, above, messages, first);
    return go_on();
}

std::optional<store::known_node> chain_finder::known_end(const merkle::identity& identity,
                                                         const store::history::known_piece& piece,
                                                         const std::vector<merkle::message>& messages,
                                                         std::size_t leading) {
    const auto end = history_.place(piece.node);
    const auto same = history_.identity_of(piece.node);
    if (end.id == 0 || same.model != identity.model || same.provider != identity.provider ||
        same.agent_name != identity.agent_name || (leading == 0) != (piece.leading == 0)) {
        return std::nullopt;
    }
    std::optional<merkle::link> at;
    for (std::size_t i = 0; i < leading; ++i) {
        at = merkle::make_node(at, identity, messages[i]).position;
    }
    if (at && history_.place(piece.leading).position.hash != at->hash) {
        return std::nullopt;
    }
    return end;
}

}  // namespace tapes::record
