#pragma once

#include "digest_index.hpp"
#include "import_source.hpp"
#include "interner.hpp"
#include "node_cache.hpp"

#include <tapes/merkle/chain.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace tapes::store {

/// A stored node that others may hang from.
struct imported_node {
    merkle::link position;
    node_place place;
};

/// Writes nodes and their log rows without a writer, in transactions of bounded size.
class import_rows {
public:
    /// `db` is the only connection that writes. `announce`: new nodes get log rows.
    import_rows(connection& db, bool announce);
    ~import_rows();  ///< rolls back what `finish` has not committed
    import_rows(const import_rows&) = delete;
    import_rows& operator=(const import_rows&) = delete;

    std::optional<imported_node> find(const merkle::digest& hash);

    /// A node that is not there yet, behind `parent` (null: a root), which is.
    imported_node add(const merkle::node& node, const imported_node* parent, const reference_node& about,
                      std::int64_t now_us);

    /// Commits the rest. `now_us`: of its log row.
    void finish(std::int64_t now_us);

private:
    void begin();
    void append_log(std::int64_t now_us);

    connection& db_;
    const bool announce_;
    interner strings_;
    digest_index hashes_{"node_by_hash", "node", "hash"};
    std::optional<digest_table> older_;
    statement find_;
    statement insert_;
    statement log_;
    std::vector<std::int64_t> candidates_;

    std::size_t in_transaction_ = 0;  ///< nodes
    std::uint64_t log_bytes_ = 0;     ///< content of the nodes without a log row
    std::int64_t first_ = 0;          ///< of them; 0: none
    std::int64_t last_ = 0;
};

}  // namespace tapes::store
