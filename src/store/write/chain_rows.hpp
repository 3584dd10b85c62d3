#pragma once

#include "file/digest_index.hpp"
#include "file/interner.hpp"
#include "write/node_cache.hpp"

#include <tapes/store/entry.hpp>

#include <cstdint>
#include <vector>

namespace tapes::store {

/// Inserts what is new of an entry's nodes. A known node implies known ancestors, so chains are probed from
/// their tails: the cost is in the new nodes, however long the history. Every insert is kept in the indexes
/// of hashes and matches, which must outlive this.
class chain_rows {
public:
    chain_rows(connection& db, interner& strings, digest_index& hashes, digest_index& matches);

    struct added {
        std::int64_t first = 0;  ///< ids of the new nodes; none: first > last
        std::int64_t last = -1;
    };

    /// The places of the answers, by index in `entry::nodes` where `choice >= 0`, are in `place()` until the
    /// next call.
    added write(const entry& turn, std::int64_t now_us);
    const row_place& place(std::size_t index) const { return places_[index]; }
    /// What the answers among `written`, nodes of the transaction at hand, took is told elsewhere.
    void forget_usage(const added& written);

    /// A node beside entries.
    struct lone_node {
        const merkle::link& position;
        const row_place* parent;  ///< null: a root
        const std::string& role;
        const merkle::identity& identity;
        const std::string& project;
        const std::string& stop_reason;
        const merkle::usage& used;
        std::int64_t created_at_us;
        const std::string& content;  ///< event form
    };
    /// Inserts a node that is not there yet, under `next_id`. Its parent is.
    row_place add(const lone_node& one);

    std::int64_t next_id() const noexcept { return next_id_; }
    /// A transaction, or a part of it, was rolled back: ids go on from `next_id`.
    void forget(std::int64_t next_id) noexcept;

private:
    bool known(const merkle::digest& hash, std::size_t index);
    void connect(const entry& turn, std::size_t tail);
    std::size_t count_missing(const entry& turn);
    void insert(const entry& turn, std::size_t index);

    interner& strings_;
    digest_index& hashes_;
    digest_index& matches_;
    digest_table older_;
    statement find_;
    statement insert_;
    statement unused_;
    node_cache cache_;
    std::int64_t next_id_ = 1;

    // Of the entry at hand.
    std::vector<row_place> places_;  ///< by node index; id 0: not known yet
    std::vector<std::size_t> path_;
    std::vector<std::int64_t> candidates_;
    std::int64_t now_us_ = 0;
    std::int64_t model_ = 0, provider_ = 0, agent_ = 0, project_ = 0;
};

}  // namespace tapes::store
