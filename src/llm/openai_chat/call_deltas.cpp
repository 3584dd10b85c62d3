#include "openai_chat/call_deltas.hpp"

#include <algorithm>
#include <numeric>

namespace tapes::llm::openai_chat {

call_deltas::position call_deltas::locate(json_object fragment) {
    position found;
    for (auto [key, value] : members_of(fragment)) {
        if (key == "index") {
            if (const auto index = read_integer(value)) {
                found.has_index = true;
                found.index = *index;
            }
        } else if (key == "id") {
            read_text(value, found.id);
        } else if ((key == "function" || key == "custom") && is_object(value)) {
            for (auto [part, named] : members_of(value.get_object())) {
                std::string name;
                if (part == "name" && read_text(named, name)) {
                    found.has_function_name = !name.empty();
                }
            }
        }
    }
    return found;
}

std::size_t call_deltas::find_or_add(const position& place) {
    if (place.has_index) {
        const auto known = by_index_.find(place.index);
        if (known != by_index_.end()) {
            const std::string& id = calls_[known->second].id;
            const bool goes_on = !place.has_function_name && !by_id_.contains(place.id);
            if (place.id.empty() || id.empty() || id == place.id || goes_on) {
                return known->second;
            }
        }
    }
    // Some servers give all calls of an answer one id.
    const bool begins = place.has_index && place.has_function_name && !by_index_.contains(place.index);
    if (!place.id.empty() && !begins) {
        const auto known = by_id_.find(place.id);
        if (known != by_id_.end()) {
            return known->second;
        }
    } else if (!place.has_index && !place.has_function_name && !calls_.empty()) {
        return calls_.size() - 1;
    }
    const std::size_t added = calls_.size();
    const bool taken = place.has_index && by_index_.contains(place.index);
    calls_.emplace_back().order = place.has_index && !taken ? place.index : static_cast<std::int64_t>(added);
    if (place.has_index) {
        by_index_[place.index] = added;
    }
    return added;
}

std::size_t call_deltas::merge(json_object fragment) {
    const position place = locate(fragment);
    const std::size_t before = calls_.size();
    const std::size_t at = find_or_add(place);
    std::size_t grown = calls_.size() > before ? sizeof(call) + delta::index_bytes : 0;
    if (!place.id.empty() && calls_[at].id != place.id) {
        calls_[at].id = place.id;
        by_id_[place.id] = at;
        grown += delta::index_bytes + 2 * place.id.size();
    }
    rewind(fragment);
    return grown + calls_[at].members.merge_members(fragment, 0, {"index"});
}

void call_deltas::write(std::string& out) const {
    std::vector<std::size_t> order(calls_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return calls_[a].order < calls_[b].order; });
    out.push_back('[');
    for (std::size_t i = 0; i < order.size(); ++i) {
        out.append(i == 0 ? "" : ",");
        calls_[order[i]].members.write(out);
    }
    out.push_back(']');
}

}  // namespace tapes::llm::openai_chat
