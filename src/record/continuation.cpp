#include "continuation.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/dropped.hpp>

#include <algorithm>
#include <string>

namespace tapes::record {

namespace {

bool same(const std::optional<merkle::link>& a, const std::optional<merkle::link>& b) noexcept {
    return a.has_value() == b.has_value() && (!a || (a->hash == b->hash && a->match == b->match));
}

bool is_thought(const merkle::block& one) {
    return one.type == "thinking" && one.raw.empty();
}

constexpr std::string_view thinking_key = "\"thinking\":";
constexpr std::string_view signature_key = "\"signature\":";

/// Moves `at` behind the next member of that text. Nothing is found everywhere.
bool find_member(std::string_view stored, std::string_view key, std::string_view text, std::size_t& at) {
    if (text.empty()) {
        return true;
    }
    std::string member{key};
    merkle::append_json_string(member, text);
    const auto found = stored.find(member, at);
    at = found + member.size();
    return found != std::string_view::npos;
}

std::string joined_thoughts(std::string_view stored) {
    std::string all;
    for (auto at = stored.find(thinking_key); at != std::string_view::npos;
         at = stored.find(thinking_key, at)) {
        at += thinking_key.size();
        at += merkle::decode_json_string(stored.substr(at), all);
    }
    return all;
}

/// Of a thought a client may bring back the text, the signature or both; of several the texts as one.
bool thoughts_agree(const merkle::message& said, std::string_view stored) {
    std::size_t text_at = 0;
    std::size_t signature_at = 0;
    bool one_by_one = true;
    std::string all;
    for (const auto& block : said.content) {
        if (!is_thought(block)) {
            continue;
        }
        one_by_one = one_by_one && find_member(stored, thinking_key, block.thinking, text_at);
        if (!find_member(stored, signature_key, block.signature, signature_at)) {
            return false;
        }
        all += block.thinking;
    }
    return one_by_one || all == joined_thoughts(stored);
}

}  // namespace

bool is_answer(const merkle::message& one) {
    return one.role == "assistant" || one.role == "model";
}

/// A client may name who spoke where the answer did not.
bool is_added_name(const merkle::block& one, std::string_view stored) {
    return one.type == "name" && stored.find(R"({"type":"name",)") == std::string_view::npos;
}

bool agrees(const merkle::message& said, std::string_view stored) {
    std::size_t at = 0;
    for (const auto& block : said.content) {
        if (!merkle::carries_dropped(block) || is_thought(block) || is_added_name(block, stored)) {
            continue;
        }
        auto json = merkle::event_content({block});  // an array of one
        json = json.substr(1, json.size() - 2);
        at = stored.find(json, at);
        if (at == std::string_view::npos) {
            return false;
        }
        at += json.size();
    }
    return thoughts_agree(said, stored);
}

void chain_finder::follow(const merkle::identity& who, const std::optional<store::known_node>& above,
                          const std::vector<merkle::message>& messages, std::size_t first) {
    messages_ = &messages;
    above_ = above;
    first_ = first;
    link(links_, who, above ? std::optional{above->position} : std::nullopt, messages, first);
}

void chain_finder::link(linked_messages& links, const merkle::identity& who,
                        const std::optional<merkle::link>& above,
                        const std::vector<merkle::message>& messages, std::size_t first) {
    if (links.nodes.size() == messages.size() && links.begins_at(above, first)) {
        return;
    }
    links.above = above;
    links.first = first;
    links.nodes.assign(messages.size(), {});
    auto at = above;
    for (auto i = first; i < messages.size(); ++i) {
        links.nodes[i] = merkle::make_node(at, who, messages[i]);
        at = links.nodes[i].position;
    }
}

bool linked_messages::begins_at(const std::optional<merkle::link>& link, std::size_t message) const noexcept {
    return !nodes.empty() && first == message && same(above, link);
}

merkle::node* linked_messages::find(const std::optional<merkle::link>& parent, std::size_t i) noexcept {
    if (i < first || i >= nodes.size() || nodes[i].content.empty()) {
        return nullptr;
    }
    const auto before = i == first ? above : std::optional{nodes[i - 1].position};
    return same(before, parent) ? &nodes[i] : nullptr;
}

/// The stored node that the messages up to `last` lead to.
std::optional<store::known_node> chain_finder::find_up_to(std::size_t last) {
    if (auto exact = past_.find(position(last).hash)) {
        return exact;
    }
    for (const auto& candidate : past_.find_match(position(last).match)) {
        if (agrees(candidate, last)) {
            return candidate;
        }
    }
    return std::nullopt;
}

bool chain_finder::agrees(const store::known_node& candidate, std::size_t last) {
    const auto& messages = *messages_;
    const auto carrying = [&](std::size_t i) {
        return std::ranges::any_of(messages[i].content, merkle::carries_dropped);
    };
    auto until = first_;
    while (until <= last && !carrying(until)) {
        ++until;
    }
    auto id = candidate.id;
    for (auto i = last + 1; i-- > until; id = past_.parent(id)) {
        if (!carrying(i)) {
            continue;
        }
        const auto stored = past_.node(id);
        if (!stored || !record::agrees(messages[i], stored->content)) {
            return false;
        }
    }
    return true;
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
    // Nearly always it is the last one, or none.
    if (answers.empty()) {
        return {above_, first_, 0};
    }
    if (auto found = known_at(answers.back())) {
        return *found;
    }
    answers.pop_back();
    // Of a known answer those before it are known too, if only by their matches.
    std::size_t known = 0;
    for (auto unknown = answers.size(); known < unknown;) {
        const auto middle = known + (unknown - known) / 2;
        past_.find_match(position(answers[middle]).match, 1).empty() ? unknown = middle : known = middle + 1;
    }
    while (known-- > 0) {
        if (auto found = known_at(answers[known])) {
            return *found;
        }
    }
    return {above_, first_, 0};
}

continuation chain_finder::find(const merkle::identity& who, const std::vector<merkle::message>& messages,
                                std::size_t leading) {
    if (std::ranges::none_of(messages, is_answer)) {
        return {};
    }
    follow(who, std::nullopt, messages, 0);
    auto found = go_on();
    if (found.above && leading > 0 && leading <= found.first_new) {
        // Of the same depth and on the way to a known node.
        auto id = found.above->id;
        for (auto depth = found.first_new; depth > leading && leading > 1; --depth) {
            id = past_.parent(id);
        }
        found.leading_node = leading == 1 ? found.above->root : id;
    }
    return found;
}

continuation chain_finder::find_below(const merkle::identity& who, const store::known_node& above,
                                      const std::vector<merkle::message>& messages, std::size_t first) {
    follow(who, above, messages, first);
    return go_on();
}

std::optional<store::known_node> chain_finder::known_end(const merkle::identity& who,
                                                         const store::history::known_piece& piece,
                                                         const std::vector<merkle::message>& messages,
                                                         std::size_t leading) {
    const auto end = past_.place(piece.node);
    const auto same = past_.identity_of(piece.node);
    if (end.id == 0 || same.model != who.model || same.provider != who.provider ||
        same.agent_name != who.agent_name || (leading == 0) != (piece.leading == 0)) {
        return std::nullopt;
    }
    std::optional<merkle::link> at;
    for (std::size_t i = 0; i < leading; ++i) {
        at = merkle::make_node(at, who, messages[i]).position;
    }
    if (at && past_.place(piece.leading).position.hash != at->hash) {
        return std::nullopt;
    }
    return end;
}

}  // namespace tapes::record
