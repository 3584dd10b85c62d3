#include "earlier_items.hpp"

#include <algorithm>
#include <ranges>

namespace tapes::record {

void earlier_items::add(const store::kept_exchange& row, const store::entry& made) {
    if (made.dropped != capture::drop_reason::none || !made.stateful || row.answer_of != 0) {
        return;  // it has given no names
    }
    for (const auto& id : made.item_ids) {
        const auto newest = id.empty() ? std::nullopt : earlier_.history.by_item(id);
        if (!newest || newest->exchange <= row.seq) {
            continue;
        }
        auto& older = given_again_[id];
        if (older.empty() || older.back() != row.seq) {
            older.push_back(row.seq);
        }
    }
}

std::string earlier_items::find(std::string_view id, std::int64_t before) {
    std::string found;
    const auto newest = earlier_.history.by_item(id);
    if (newest && newest->exchange < before) {
        found = earlier_.item_of(newest->exchange, id, before);
    }
    const auto older = given_again_.find(std::string{id});
    if (!found.empty() || older == given_again_.end()) {
        return found;
    }
    const auto end = std::ranges::lower_bound(older->second, before);
    // The newest may have been fetched only later.
    for (const auto exchange : std::ranges::subrange{older->second.begin(), end} | std::views::reverse) {
        found = earlier_.item_of(exchange, id, before);
        if (!found.empty()) {
            break;
        }
    }
    return found;
}

}  // namespace tapes::record
