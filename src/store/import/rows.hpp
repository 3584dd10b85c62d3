#pragma once

#include "write/job.hpp"
#include "write/node_announcer.hpp"

#include <tapes/store/import.hpp>

#include <optional>
#include <vector>

namespace tapes::store {

/// Writes imported nodes and their log rows within a job: one object for each run of it.
class import_rows {
public:
    import_rows(job_context& context, bool announce);

    /// False where it is there already. Its parent, where it has one, is there; else throws import_refusal.
    bool take(const import_row& row, const merkle::node& proved);
    /// Appends the log row of what has none yet. Last.
    void finish();

private:
    std::optional<row_place> find(const merkle::digest& hash);

    job_context& context_;
    const bool announce_;
    node_announcer announcer_;
    digest_table older_;
    statement find_;
    std::vector<std::int64_t> candidates_;
};

}  // namespace tapes::store
