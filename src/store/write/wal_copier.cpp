#include "write/wal_copier.hpp"

#include <spdlog/spdlog.h>

namespace tapes::store {

wal_copier::wal_copier(const std::string& path) : db_{path, SQLITE_OPEN_READONLY} {
    db_.integer("SELECT count(*) FROM cursor");  // the file is opened with the first page that is read
    sqlite3_file_control(db_.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file_);
    if (file_ == nullptr || file_->pMethods == nullptr) {
        throw sqlite_error{SQLITE_CANTOPEN, path + " is not open"};
    }
    thread_ = std::thread{[this] { run(); }};
}

wal_copier::~wal_copier() {
    {
        const sync::lock_guard guard{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void wal_copier::pin() {
    // Only the writer's thread could start the WAL over in between, and that is ours.
    if (pinned_) {
        db_.rollback();
    }
    pinned_ = false;
    db_.exec("BEGIN");
    try {
        db_.integer("SELECT count(*) FROM cursor");  // a read begins with the first page that is read
    } catch (...) {
        db_.rollback();
        throw;
    }
    pinned_ = true;
}

void wal_copier::unpin() {
    if (pinned_) {
        db_.rollback();
        pinned_ = false;
    }
}

void wal_copier::start_sync() {
    if (unsynced_ == 0 || broken() || busy_.load(std::memory_order_acquire)) {
        return;
    }
    unsynced_ = 0;
    {
        const sync::lock_guard guard{mutex_};
        busy_.store(true, std::memory_order_release);
        asked_ = true;
    }
    wake_.notify_all();
}

void wal_copier::wait() {
    sync::unique_lock lock{mutex_};
    while (busy_.load(std::memory_order_acquire)) {
        wake_.wait(lock);
    }
}

void wal_copier::run() {
    sync::unique_lock lock{mutex_};
    while (true) {
        while (!asked_ && !stopping_) {
            wake_.wait(lock);
        }
        if (!asked_) {
            return;
        }
        asked_ = false;
        lock.unlock();
        if (file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL) != SQLITE_OK) {
            broken_.store(true, std::memory_order_release);
            spdlog::error(
                "store: the database file could not be synced. Nothing is lost: turns go on into the log "
                "beside it, which grows; when the disk is sound again, start anew");
        }
        lock.lock();
        busy_.store(false, std::memory_order_release);
        wake_.notify_all();
    }
}

}  // namespace tapes::store
