#include "derived_variants.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace tapes::record {

std::vector<std::int64_t> derived_variants::answers_of(const store::kept_exchange& row) {
    std::vector<std::int64_t> nodes;
    for (const auto& [choice, node] : exchanges_.choices(row.seq)) {
        nodes.push_back(node);
    }
    if (nodes.empty() && row.head != 0) {
        nodes.push_back(row.head);
    }
    return nodes;
}

void derived_variants::pass(const store::kept_exchange& row) {
    last_ = row.seq;
    for (const auto node : answers_of(row)) {
        unproved_.add(node);
    }
}

void derived_variants::add(const store::kept_exchange& row, const store::entry& made) {
    last_ = row.seq;
    const auto answer = std::ranges::find_if(made.nodes, [](const auto& one) { return one.choice >= 0; });
    if (answer == made.nodes.end()) {
        return;
    }
    const auto& given = answer->variants;  // every choice has those of the answer
    for (const auto node : answers_of(row)) {
        if (proved_.add(node)) {
            for (const auto value : history_.variants(node)) {
                if (std::ranges::find(given, value) == given.end()) {
                    not_given_[node].insert(value);
                }
            }
        } else if (const auto found = not_given_.find(node); found != not_given_.end()) {
            for (const auto value : given) {
                found->second.erase(value);
            }
        }
    }
}

/// What was said first may be a node of its own, which no exchange names any more: a sibling of the fuller
/// answer.
void derived_variants::set_amended_apart() {
    for (const auto exchange : rows_.amended()) {
        for (const auto& row : exchanges_.read(exchange - 1, 1)) {
            const auto above = row.seq == exchange ? history_.parent(row.head) : 0;
            if (above != 0) {
                amended_above_.insert(above);
            }
        }
    }
}

std::uint64_t derived_variants::finish(store::findings& wrong) {
    set_amended_apart();
    std::uint64_t unproved = 0;
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    store::derived_rows::variant after{least, least};
    for (auto page = rows_.variants(after); !page.empty(); page = rows_.variants(after)) {
        for (const auto& one : page) {
            const auto open = not_given_.find(one.node);
            const bool given =
                proved_.contains(one.node) && (open == not_given_.end() || !open->second.contains(one.value));
            if (given || rows_.is_answered_behind(last_, one.node)) {
                continue;
            }
            if (unproved_.contains(one.node) || amended_above_.contains(history_.parent(one.node))) {
                ++unproved;
            } else {
                wrong.add("node_variant " + std::to_string(one.node) + ": no answer has given " +
                          std::to_string(one.value));
            }
        }
        after = page.back();
    }
    return unproved;
}

}  // namespace tapes::record
