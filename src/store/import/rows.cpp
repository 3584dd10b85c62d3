#include "import/rows.hpp"

#include <algorithm>

namespace tapes::store {

import_rows::import_rows(job_context& context, bool announce)
    : context_{context},
      announce_{announce},
      announcer_{context.rows, context.now_us},
      older_{context.db, context.indexes.hashes},
      find_{context.db, "SELECT hash, root, depth FROM node WHERE id = ?1"} {}

std::optional<row_place> import_rows::find(const merkle::digest& hash) {
    candidates_.clear();
    context_.indexes.hashes.find_recent(prefix_of(hash), candidates_);
    older_.find(prefix_of(hash), candidates_);
    for (const auto id : candidates_) {
        const reset_at_end guard{find_};
        find_.integer(1, id);
        if (find_.step() && std::ranges::equal(find_.blob_at(0), hash)) {
            return row_place{id, find_.integer_at(1), find_.integer_at(2)};
        }
    }
    return std::nullopt;
}

bool import_rows::take(const import_row& row, const merkle::node& proved) {
    if (find(row.hash)) {
        return false;
    }
    const auto parent = row.parent ? find(*row.parent) : std::nullopt;
    if (row.parent && !parent) {
        throw import_refusal{"the parent of node " + merkle::to_hex(row.hash) + " is not in the store"};
    }
    const auto& node = row.node;
    const auto made = context_.rows.chains().add(
        {proved.position, parent ? &*parent : nullptr, proved.role, node.identity, node.project,
         node.stop_reason, node.used, node.created_at_us.value_or(context_.now_us), proved.content});
    if (announce_) {
        announcer_.add(made.id, proved.content.size());
    }
    return true;
}

void import_rows::finish() {
    announcer_.finish();
}

}  // namespace tapes::store
