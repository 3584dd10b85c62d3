#include "former_heads.hpp"

#include <tapes/merkle/dropped.hpp>

#include <algorithm>
#include <utility>

namespace tapes::record {

bool former_heads::contains(std::int64_t node, std::int64_t before, std::string_view response_id) {
    read_new();
    if (is_question(node, before, response_id)) {
        return true;
    }
    const auto found = history_.node(node);
    return found && found->parent && merkle::is_answer_role(found->role) &&
           is_question(history_.parent(node), before, response_id);
}

void former_heads::read_new() {
    const auto known = answered_.size();
    for (auto& one : rows_.amended_answers(read_to_)) {
        if (one.question != 0 && merkle::is_answer_role(one.role)) {
            answered_.push_back({one.question, std::move(one.response_id), one.exchange});
        }
    }
    if (answered_.size() > known) {
        std::ranges::sort(answered_);
        const auto repeated = std::ranges::unique(answered_);
        answered_.erase(repeated.begin(), repeated.end());
    }
}

bool former_heads::is_question(std::int64_t node, std::int64_t before, std::string_view response_id) const {
    const auto first = std::ranges::lower_bound(answered_, answered{node, std::string{response_id}, 0});
    const auto fits = [&](const answered& one) {
        return one.question == node && (response_id.empty() || one.response_id == response_id);
    };
    return std::any_of(first, std::find_if_not(first, answered_.end(), fits),
                       [&](const answered& one) { return one.exchange < before; });
}

}  // namespace tapes::record
