#pragma once

#include <tapes/store/progress.hpp>
#include <tapes/sync/mutex.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::store {

/// What was found wrong, one line each that names the row. Keeps the first lines and counts the rest.
/// Thread-safe.
class findings {
public:
    explicit findings(std::size_t most = 100) noexcept : most_{most} {}

    void add(std::string line);
    std::vector<std::string> lines() const;
    std::uint64_t count() const;

private:
    std::size_t most_;
    mutable sync::mutex mutex_;
    std::vector<std::string> lines_ TAPES_GUARDED_BY(mutex_);
    std::uint64_t count_ TAPES_GUARDED_BY(mutex_) = 0;
};

struct verify_options {
    std::string path;
    unsigned threads = 0;  ///< of the hashing; 0: one for every processor
    progress on_progress = {};
};

/// What was looked at.
struct verify_figures {
    std::uint64_t without_digest = 0;  ///< exchanges of builds that kept none: less of them can be checked
    std::uint64_t log_rows = 0;
    std::uint64_t nodes = 0;
    std::uint64_t node_bytes = 0;      ///< of their contents and digests
    double node_seconds = 0;           ///< for hashing them, and finding them in their indexes
    std::uint64_t unlogged_nodes = 0;  ///< in no row of the log, as imported ones are
    std::uint64_t orphans = 0;         ///< received nodes that wait for their parents
    std::uint64_t pieces = 0;
    std::uint64_t piece_bytes = 0;  ///< before compression
    std::uint64_t exchanges = 0;
};

/// Checks what a store says of itself: SQLite's integrity, nodes, indexes, pieces, exchanges, log, cursors
/// and ledger. Of a store that is written to at the same time, what was committed when it began. Read-only;
/// reads in pages, so that it holds no read transaction for long (SQLite's own check: one table at a time).
/// What SQLite cannot read is a finding. Throws open_error as check_store.
verify_figures verify(const verify_options& options, findings& wrong);

}  // namespace tapes::store
