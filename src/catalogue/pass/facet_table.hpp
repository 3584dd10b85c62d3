#pragma once

#include "pass/facet_block.hpp"

#include <tapes/sqlite/connection.hpp>

#include <cstdint>
#include <map>

namespace tapes::catalogue {

/// The facets of nodes, block by block; what changed is written by `flush`. Quickest in the order of ids.
class facet_table {
public:
    explicit facet_table(sqlite::connection& db);

    /// Does nothing for a node that is there.
    void add(std::int64_t node, const node_facets& facets);
    void flush();
    /// A transaction was rolled back.
    void forget();

private:
    facet_block& block(std::int64_t id);
    void keep(std::int64_t id, const facet_block& block);

    sqlite::statement find_, keep_sets_, keep_nodes_;
    std::map<std::int64_t, facet_block> blocks_;  ///< used in this transaction
    std::int64_t used_ = -1;                      ///< the one that was used last; -1: none
    facet_block* at_ = nullptr;                   ///< the same
};

}  // namespace tapes::catalogue
