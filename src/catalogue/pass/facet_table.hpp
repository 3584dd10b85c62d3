#pragma once

#include "pass/facet_block.hpp"

#include <tapes/sqlite/connection.hpp>

#include <cstdint>

namespace tapes::catalogue {

/// The facets of nodes, block by block. Quickest in the order of ids.
class facet_table {
public:
    explicit facet_table(sqlite::connection& db);

    /// Does nothing for a node that is there.
    void add(std::int64_t node, const node_facets& facets);
    void flush();
    /// A transaction was rolled back.
    void forget();

private:
    void load(std::int64_t id);

    sqlite::statement find_, keep_sets_, keep_nodes_;
    std::int64_t id_ = -1;  ///< of the block in memory; -1: none
    bool changed_ = false;
    facet_block block_;
};

}  // namespace tapes::catalogue
