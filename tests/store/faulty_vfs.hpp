#pragma once

#include <sqlite3.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>

namespace tapes::store::test {

/// SQLite's file layer with faults on demand: while one is alive it is the process's default VFS, in front of
/// the real one. A fault hits files whose name ends in `-wal`, unless it says otherwise; any number of
/// threads.
class faulty_vfs {
public:
    faulty_vfs();
    ~faulty_vfs();
    faulty_vfs(const faulty_vfs&) = delete;
    faulty_vfs& operator=(const faulty_vfs&) = delete;

    /// What writes return from now on; SQLITE_OK: they work again.
    void fail_writes(int code) { writes_ = code; }
    /// The log cannot grow beyond so many bytes any more: the disk is full.
    void limit_log(std::int64_t bytes) { longest_log_ = bytes; }
    /// What syncs return from now on, after having written.
    void fail_syncs(int code) { syncs_ = code; }
    /// The same of all other files, the database among them.
    void fail_database_syncs(int code) { database_syncs_ = code; }
    std::uint64_t hits() const { return hits_; }
    /// Waits until so many faults have hit. False: it takes longer than it ever should.
    bool wait_for_hits(std::uint64_t count);
    std::uint64_t log_writes() const { return log_writes_; }
    /// Pages that were written to a database while its log was not synced: a loss of power could leave them
    /// without the frames before them.
    std::uint64_t early_pages() const { return early_pages_; }

private:
    friend struct faulty_file;

    void count_hit();

    sqlite3_vfs own_{};
    std::atomic<int> writes_{SQLITE_OK};
    std::atomic<std::int64_t> longest_log_{std::numeric_limits<std::int64_t>::max()};
    std::atomic<int> syncs_{SQLITE_OK};
    std::atomic<int> database_syncs_{SQLITE_OK};
    std::atomic<std::uint64_t> hits_{0};
    std::mutex mutex_;
    std::condition_variable hit_;
    std::atomic<std::uint64_t> log_writes_{0};
    std::atomic<std::uint64_t> early_pages_{0};
    std::atomic<bool> log_is_synced_{true};
};

}  // namespace tapes::store::test
