#include "pass/facet_table.hpp"

namespace tapes::catalogue {

facet_table::facet_table(sqlite::connection& db)
    : find_{db,
            "SELECT s.value, n.value FROM facet_sets s JOIN facet_nodes n ON n.block = s.block"
            " WHERE s.block = ?1"},
      keep_sets_{db, "INSERT OR REPLACE INTO facet_sets(block, value) VALUES(?1, ?2)"},
      keep_nodes_{db, "INSERT OR REPLACE INTO facet_nodes(block, value) VALUES(?1, ?2)"} {}

void facet_table::add(std::int64_t node, const node_facets& facets) {
    const auto id = facet_block::block_of(node);
    if (id != used_) {
        at_ = &block(id);
        used_ = id;
    }
    at_->add(facet_block::place_of(node), facets);
}

facet_block& facet_table::block(std::int64_t id) {
    const auto [at, is_new] = blocks_.try_emplace(id);
    if (is_new) {
        const sqlite::reset_at_end guard{find_};
        find_.integer(1, id);
        if (find_.step()) {
            at->second.read(find_.blob_at(0), find_.blob_at(1));
        }
    }
    return at->second;
}

void facet_table::keep(std::int64_t id, const facet_block& block) {
    const auto sets = block.sets_as_bytes();
    keep_sets_.integer(1, id);
    keep_sets_.blob(2, sets.data(), sets.size());
    keep_sets_.run();
    const auto nodes = block.nodes_as_bytes();
    keep_nodes_.integer(1, id);
    keep_nodes_.blob(2, nodes.data(), nodes.size());
    keep_nodes_.run();
}

// Not earlier: INSERT OR REPLACE opens a savepoint, at which FTS5 writes out all that it has gathered.
void facet_table::flush() {
    for (const auto& [id, block] : blocks_) {
        keep(id, block);
    }
    forget();
}

void facet_table::forget() {
    blocks_.clear();
    used_ = -1;
    at_ = nullptr;
}

}  // namespace tapes::catalogue
