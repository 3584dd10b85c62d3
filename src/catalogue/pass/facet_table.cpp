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
    if (id != id_) {
        flush();
        load(id);
    }
    block_.add(facet_block::place_of(node), facets);
    changed_ = true;
}

void facet_table::load(std::int64_t id) {
    block_ = {};
    id_ = id;
    const sqlite::reset_at_end guard{find_};
    find_.integer(1, id);
    if (find_.step()) {
        block_.read(find_.blob_at(0), find_.blob_at(1));
    }
}

void facet_table::flush() {
    if (!changed_) {
        return;
    }
    const auto sets = block_.sets_as_bytes();
    keep_sets_.integer(1, id_);
    keep_sets_.blob(2, sets.data(), sets.size());
    keep_sets_.run();
    const auto nodes = block_.nodes_as_bytes();
    keep_nodes_.integer(1, id_);
    keep_nodes_.blob(2, nodes.data(), nodes.size());
    keep_nodes_.run();
    changed_ = false;
}

void facet_table::forget() {
    id_ = -1;
    changed_ = false;
}

}  // namespace tapes::catalogue
