#include "import/rows.hpp"

#include <tapes/store/log_kind.hpp>

#include <algorithm>

namespace tapes::store {

namespace {

/// Who reads the log takes a row with all its nodes at once.
constexpr std::uint64_t bytes_per_log_row = 1 << 20;

}  // namespace

import_rows::import_rows(job_context& in, bool announce)
    : in_{in},
      announce_{announce},
      older_{in.db, in.indexes.hashes},
      find_{in.db, "SELECT hash, root, depth FROM node WHERE id = ?1"} {}

std::optional<node_place> import_rows::find(const merkle::digest& hash) {
    candidates_.clear();
    in_.indexes.hashes.find_recent(prefix_of(hash), candidates_);
    older_.find(prefix_of(hash), candidates_);
    for (const auto id : candidates_) {
        const reset_at_end guard{find_};
        find_.integer(1, id);
        if (find_.step() && std::ranges::equal(find_.blob_at(0), hash)) {
            return node_place{id, find_.integer_at(1), find_.integer_at(2)};
        }
    }
    return std::nullopt;
}

bool import_rows::take(const import_row& what, const merkle::node& proved) {
    if (find(what.hash)) {
        return false;
    }
    const auto parent = what.parent ? find(*what.parent) : std::nullopt;
    if (what.parent && !parent) {
        throw import_refusal{"the parent of node " + merkle::to_hex(what.hash) + " is not in the store"};
    }
    const auto& said = what.said;
    const auto made = in_.rows.chains().add({proved.position, parent ? &*parent : nullptr, proved.role,
                                             said.who, said.project, said.stop_reason, said.used,
                                             said.created_at_us.value_or(in_.now_us), proved.content});
    unlogged_.first = unlogged_.last < unlogged_.first ? made.id : unlogged_.first;
    unlogged_.last = made.id;
    unlogged_bytes_ += proved.content.size();
    if (unlogged_bytes_ >= bytes_per_log_row) {
        finish();
    }
    return true;
}

void import_rows::finish() {
    if (announce_ && unlogged_.first <= unlogged_.last) {
        in_.rows.write_log(static_cast<int>(log_kind::imported), 0, unlogged_, in_.now_us);
    }
    unlogged_ = {0, -1};
    unlogged_bytes_ = 0;
}

}  // namespace tapes::store
