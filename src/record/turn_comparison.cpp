#include "turn_comparison.hpp"

#include <algorithm>
#include <string_view>

namespace tapes::record {

std::string in_quotes(std::string_view text) {
    return "\"" + std::string{text} + "\"";
}

std::string turn_comparison::compare(const store::kept_exchange& row, const store::entry& made) {
    auto complaint = compare_answers(row, made);
    for (const auto next : {&turn_comparison::compare_matches, &turn_comparison::compare_variants,
                            &turn_comparison::compare_texts, &turn_comparison::compare_names}) {
        if (complaint.empty()) {
            complaint = (this->*next)(row, made);
        }
    }
    return complaint;
}

std::string turn_comparison::compare_answers(const store::kept_exchange& row, const store::entry& made) {
    const bool prepared = std::ranges::none_of(made.nodes, [](const auto& one) { return one.choice >= 0; });
    if (prepared) {
        const bool same = made.nodes.empty() ? (made.above ? made.above->id : 0) == row.head
                                             : is_node(row.head, made.nodes.back().node);
        return same ? std::string{} : "its head is not what its bytes ask";
    }
    auto stored = rows_.choices(row.seq);
    if (stored.empty()) {
        stored.emplace_back(0, row.head);
    }
    std::size_t at = 0;
    for (const auto& one : made.nodes) {
        if (one.choice < 0) {
            continue;
        }
        const auto named = at < stored.size() && (stored.size() == 1 || stored[at].first == one.choice)
                               ? stored[at].second
                               : 0;
        if (!is_node(named, one.node)) {
            return "its bytes give the answer " + merkle::to_hex(one.node.position.hash) + ", kept is " +
                   (named == 0 ? "none" : merkle::to_hex(history_.place(named).position.hash));
        }
        ++at;
    }
    return at == stored.size() ? std::string{} : "has more answers than its bytes give";
}

/// Tells whether the stored node is the one that was made. Hashes may differ where the stored chain holds
/// what the request's history has left out.
bool turn_comparison::is_node(std::int64_t id, const merkle::node& made) {
    const auto stored = id != 0 ? history_.place(id) : store::known_node{};
    if (stored.id == 0) {
        return false;
    }
    if (stored.position.hash == made.position.hash) {
        return stored.position.match == made.position.match;
    }
    const auto whole = history_.node(id);
    return stored.position.match == made.position.match && whole && whole->content == made.content;
}

/// Compares the matches of the nodes that came with this exchange; those above them came with earlier ones.
std::string turn_comparison::compare_matches(const store::kept_exchange& row, const store::entry& made) {
    const auto first = rows_.first_node(row.seq);
    const auto head = std::ranges::find_if(made.nodes, [](const auto& one) { return one.choice >= 0; });
    auto at = static_cast<int>(head - made.nodes.begin()) - (head == made.nodes.end() ? 1 : 0);
    for (auto id = row.head; at >= 0 && first != 0 && id >= first; id = history_.parent(id)) {
        const auto& one = made.nodes[static_cast<std::size_t>(at)];
        if (history_.place(id).position.match != one.node.position.match) {
            return "its bytes give another match for node " + std::to_string(id);
        }
        at = one.parent;
    }
    return {};
}

/// Checks that the answer is known by whatever its events gave it as.
std::string turn_comparison::compare_variants(const store::kept_exchange& row, const store::entry& made) {
    const auto head = std::ranges::find_if(made.nodes, [](const auto& one) { return one.choice == 0; });
    if (head == made.nodes.end() || head->variants.empty()) {
        return {};
    }
    const auto known = history_.variants(row.head);
    const bool all = std::ranges::all_of(
        head->variants, [&](const auto value) { return std::ranges::find(known, value) != known.end(); });
    return all ? std::string{} : "its events gave its answer in other words, which are not kept";
}

/// Checks that a later request finds the turn by its names, or a newer turn.
std::string turn_comparison::compare_names(const store::kept_exchange& row, const store::entry& made) {
    if (!made.stateful || row.answer_of != 0) {  // its names lead to the exchange that had its answer first
        return {};
    }
    const auto lost = [&](const std::optional<store::history::answered>& found) {
        return !found || found->exchange < row.seq;
    };
    if (!made.response_id.empty() && lost(history_.by_response(made.response_id, row.provider))) {
        return "is not found by its response_id " + in_quotes(made.response_id);
    }
    if (!made.conversation.empty() && lost(history_.by_conversation(made.conversation))) {
        return "is not found by its conversation " + in_quotes(made.conversation);
    }
    const auto item = std::ranges::find_if(
        made.item_ids, [&](const auto& id) { return !id.empty() && lost(history_.by_item(id)); });
    return item != made.item_ids.end() ? "is not found by its item " + in_quotes(*item) : std::string{};
}

std::string turn_comparison::compare_texts(const store::kept_exchange& row, const store::entry& made) {
    struct text {
        std::string_view name;
        const std::string& wire;
        const std::string& given;
    };
    for (const auto& one : {text{"api", row.api, made.api}, text{"model", row.model, made.model},
                            text{"response_model", row.response_model, made.response_model},
                            text{"response_id", row.response_id, made.response_id},
                            text{"stop_reason", row.stop_reason, made.stop_reason}}) {
        if (one.wire != one.given) {
            return "its " + std::string{one.name} + " is " + in_quotes(one.wire) + ", its bytes give " +
                   in_quotes(one.given);
        }
    }
    if (row.answer_of != 0) {
        return row.used == merkle::usage{} ? std::string{}
                                           : "its usage is told with an earlier exchange already";
    }
    return row.used == made.used ? std::string{} : "its usage is not what its bytes give";
}

}  // namespace tapes::record
