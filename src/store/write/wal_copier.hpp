#pragma once

#include "file/sqlite.hpp"
#include "tapes/sync/condition_variable.hpp"
#include "tapes/sync/mutex.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace tapes::store {

/// Takes the slow part of a checkpoint, the sync of the database file, off the writer's thread.
///
/// The writer copies pages from the WAL without a sync (a fraction of a millisecond for some hundred of
/// them), and this syncs them behind its back. From the first copy until all is synced a read transaction of
/// ours pins the WAL: SQLite does not start it over, so that a loss of power finds every frame still there.
/// The checkpoint with a sync that must follow has little left to do. Only the writer's connection ever
/// writes or checkpoints.
///
/// A sync that fails is not tried again: the system may report success without having written anything
/// (https://wiki.postgresql.org/wiki/Fsync_Errors). The WAL stays pinned then, and `broken()` says so.
///
/// For the writer's thread.
class wal_copier {
public:
    /// Throws sqlite_error.
    explicit wal_copier(const std::string& path);
    ~wal_copier();  ///< waits for a sync that is under way
    wal_copier(const wal_copier&) = delete;
    wal_copier& operator=(const wal_copier&) = delete;

    /// Pins the WAL as it is now, no longer as it was: to be called while something in it is not copied,
    /// before it is copied. Throws sqlite_error; then an earlier pin may be gone.
    void pin();
    /// `bytes` of the WAL were copied without a sync.
    void copied(std::uint64_t bytes) noexcept { unsynced_ += bytes; }
    /// What was copied and no sync has begun for.
    std::uint64_t unsynced() const noexcept { return unsynced_; }

    /// Syncs what was copied, on our thread. Nothing happens while a sync is under way, or where nothing was
    /// copied.
    void start_sync();
    /// Until no sync is under way.
    void wait();
    /// All that was copied is on the disk.
    bool synced() const noexcept {
        return unsynced_ == 0 && !busy_.load(std::memory_order_acquire) && !broken();
    }
    /// A sync has failed: what was copied may be lost, and only the WAL has it.
    bool broken() const noexcept { return broken_.load(std::memory_order_acquire); }

    /// Lets the WAL start over. Only when synced.
    void unpin();

private:
    void run();

    connection db_;
    sqlite3_file* file_ = nullptr;  ///< of `db_`
    bool pinned_ = false;
    std::uint64_t unsynced_ = 0;
    sync::mutex mutex_;
    sync::condition_variable wake_;
    std::atomic<bool> busy_{false}, broken_{false};
    bool asked_ TAPES_GUARDED_BY(mutex_) = false;
    bool stopping_ TAPES_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace tapes::store
