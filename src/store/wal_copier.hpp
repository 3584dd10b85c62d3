#pragma once

#include "sqlite.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace tapes::store {

/// Takes the slow part of a checkpoint, the sync of the database file, off the writer's thread.
///
/// The writer copies pages from the WAL without a sync (a few milliseconds), and this syncs them behind its
/// back. Meanwhile a read transaction of ours pins the WAL: SQLite does not start it over, so that a loss of
/// power before the sync finds every frame still there. The checkpoint with a sync that must follow has
/// little left to do. Only the writer's connection ever writes or checkpoints.
///
/// `pin` and `sync_and_release` are called by the writer's thread.
class wal_copier {
public:
    /// Throws sqlite_error.
    explicit wal_copier(const std::string& path);
    ~wal_copier();  ///< waits for a sync that is under way
    wal_copier(const wal_copier&) = delete;
    wal_copier& operator=(const wal_copier&) = delete;

    bool busy() const noexcept { return busy_.load(std::memory_order_acquire); }

    /// Until not busy.
    void wait();

    /// Pins the WAL as it is now. Only when not busy. Throws sqlite_error.
    void pin();
    /// Syncs the database file on our thread, then unpins. `copied` false: only unpins.
    void sync_and_release(bool copied);

private:
    void run();

    connection db_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<bool> busy_{false};
    bool sync_ = false;
    bool asked_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace tapes::store
