#pragma once

#include "write/job.hpp"

#include <tapes/store/import.hpp>

#include <optional>
#include <vector>

namespace tapes::store {

/// Writes imported nodes and their log rows within a job: one object for each run of it.
class import_rows {
public:
    import_rows(job_context& in, bool announce);

    /// False where it is there already. Its parent, where it has one, is there; else throws import_refusal.
    bool take(const import_row& what, const merkle::node& proved);
    /// Appends the log row of what has none yet. Last.
    void finish();

private:
    std::optional<node_place> find(const merkle::digest& hash);

    job_context& in_;
    const bool announce_;
    digest_table older_;
    statement find_;
    std::vector<std::int64_t> candidates_;
    chain_rows::added unlogged_{0, -1};
    std::uint64_t unlogged_bytes_ = 0;
};

}  // namespace tapes::store
