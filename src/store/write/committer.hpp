#pragma once

#include "file/place.hpp"
#include "file/totals.hpp"
#include "write/job.hpp"
#include "write/live_copies.hpp"
#include "write/wal_copier.hpp"

#include <tapes/store/store.hpp>
#include <tapes/store/writer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::store {

/// What is committed in one transaction. It stays the same until it has been settled.
struct group {
    std::vector<std::unique_ptr<entry>> entries;
    std::map<std::string, std::uint64_t> cursors;
    std::map<std::string, std::string> notes;
    std::vector<std::unique_ptr<job>> jobs;

    bool empty() const noexcept {
        return entries.empty() && cursors.empty() && notes.empty() && jobs.empty();
    }
};

/// What became of an entry.
struct entry_outcome {
    capture::drop_reason reason = capture::drop_reason::none;
    /// For one that amends a row: what that was settled as before.
    std::optional<capture::drop_reason> before;
    std::int64_t seq = 0;    ///< of its exchange; 0: it has no row
    bool completes = false;  ///< it has brought the answer of an earlier exchange
};

/// What became of a committed group.
struct group_result {
    std::vector<entry_outcome> outcomes;  ///< by entry
    std::vector<std::string> errors;      ///< by job; "": written
    std::uint64_t last_seq = 0;
    std::uint64_t new_nodes = 0;
};

/// The write connection: commits groups, checkpoints. One thread.
class committer {
public:
    /// Books the crash of the run before. Throws sqlite_error.
    /// `indexes` must outlive it.
    committer(const open_options& options, row_indexes& indexes);
    ~committer();
    committer(const committer&) = delete;
    committer& operator=(const committer&) = delete;

    /// One transaction. On failure (sqlite_error) nothing of it is kept and it may be tried again, but only
    /// with the same group: after `reopen` it may turn out that the transaction did land.
    group_result commit(const group& batch, const capture::ledger& account);
    /// A fresh connection, after an error that may have left this one unusable. Throws sqlite_error.
    void reopen();

    /// The ledger has moved since it was saved.
    bool ledger_moved(const capture::ledger& account) const noexcept;

    std::uint64_t last_seq() const noexcept { return last_seq_; }
    /// Sorts more of the newest rows into their indexes, where there are many, in a transaction of its own.
    /// False: there was nothing to do.
    bool tidy();
    /// Bytes in the WAL since it last started over.
    std::uint64_t wal_bytes() const noexcept { return wal_pages_ * wal_frame_bytes_; }
    /// Bytes of the WAL that are not in the database.
    std::uint64_t uncopied() const noexcept { return (wal_pages_ - copied_pages_) * wal_frame_bytes_; }
    /// May pages be copied ahead of a checkpoint? Not under `normal`: its commits do not sync the log, and no
    /// page may reach the database file before the frames that it came from are on the disk.
    bool copies_ahead() const noexcept { return options_.durability == synchronous::full; }
    /// Moves what no reader pins from the WAL to the database. Never waits for readers, but for a sync that
    /// is needed. False: some is left.
    bool checkpoint();
    /// Copies what is in the WAL to the database without waiting for the disk; only where it copies_ahead().
    /// The WAL starts over only after a `checkpoint()`.
    void copy();
    /// Bytes of the WAL that were copied and no sync has begun for.
    std::uint64_t unsynced() const noexcept { return copier_ == nullptr ? 0 : copier_->unsynced(); }
    /// All that was copied is on the disk: a checkpoint has to wait for little.
    bool synced() const noexcept { return copier_ == nullptr || copier_->synced(); }
    /// Syncs what was copied, on another thread.
    void start_sync();
    /// At the end: also empties the WAL file.
    void checkpoint_and_truncate();

    /// Begins a copy of the store. Throws copy_refusal, sqlite_error.
    void begin_copy(const std::string& id, const copy_target& to);
    /// Those that are being made. They end where the connection does.
    live_copies& copies() noexcept { return copies_; }

    /// Where the files of the store are by now.
    const store_place& place() const noexcept { return place_; }
    /// Writes the whole store to its path anew, from the files that are open and have lost their names, and
    /// goes on there. Rows keep their ids. Throws sqlite_error.
    void write_anew();
    /// Writes the whole store to the new file `to`. Throws sqlite_error.
    void copy_to(const std::string& to);

private:
    struct session;

    void open(bool same_file);
    void committed_pages(std::uint64_t in_log) noexcept;
    bool release_log();
    group_result attempt(const group& batch, const capture::ledger& account, bool isolated, bool& one_failed);
    entry_outcome write_one(const entry& turn, std::int64_t now_us);
    entry_outcome write_isolated(const entry& turn, std::int64_t now_us);
    std::string write_job(job& work, std::int64_t now_us);
    void write_values(const group& batch);
    bool guarded(const std::function<void()>& write, std::string& error);

    open_options options_;
    capture::ledger::totals base_;
    row_indexes& indexes_;
    store_place place_;
    std::unique_ptr<session> session_;
    live_copies copies_;
    std::unique_ptr<wal_copier> copier_;
    std::uint64_t last_seq_ = 0;
    std::uint64_t wal_pages_ = 0;
    std::uint64_t copied_pages_ = 0;  ///< of those
    std::uint64_t wal_frame_bytes_ = 0;
    std::optional<group_result> uncertain_;  ///< of a COMMIT that failed
    bool landed_ = false;
};

}  // namespace tapes::store
