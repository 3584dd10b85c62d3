#pragma once

#include "write/job.hpp"
#include "write/node_announcer.hpp"

#include <tapes/store/received.hpp>

#include <optional>
#include <unordered_map>
#include <vector>

namespace tapes::store {

/// Writes received nodes and orphans within a job: one object for each run of it.
class received_rows {
public:
    explicit received_rows(job_context& context);

    reception take(const received_item& item);
    /// Joins every orphan whose parent is there.
    void join_waiting();
    /// Appends the log row of what has none yet. Last.
    void finish() { announcer_.finish(); }
    std::uint64_t joined() const noexcept { return joined_; }

private:
    /// A node that others may hang from.
    struct placed {
        merkle::link position;
        merkle::digest root{};
        row_place place;
    };

    std::optional<placed> find(const merkle::digest& hash);
    placed add(const received_item& item, const placed* parent, std::int64_t received_at);
    void keep_source(const received_from& from, std::int64_t node, std::int64_t received_at);
    bool keep_orphan(const received_item& item);
    void join_orphans(placed above);
    std::optional<placed> join_one(const placed& parent);
    received_item read_orphan();

    job_context& context_;
    node_announcer announcer_;
    digest_table older_;
    statement find_;
    statement source_;
    statement orphan_;
    statement next_orphan_;
    statement known_orphan_;
    statement drop_orphan_;
    statement drop_same_;
    statement mark_orphan_;
    const bool orphans_before_;  ///< any at all: most stores have none
    bool orphans_now_ = false;
    std::vector<std::int64_t> candidates_;
    std::unordered_map<merkle::digest, placed, digest_hash> placed_;  ///< of this job
    std::uint64_t joined_ = 0;
};

}  // namespace tapes::store
