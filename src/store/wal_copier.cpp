#include "wal_copier.hpp"

#include <spdlog/spdlog.h>

namespace tapes::store {

wal_copier::wal_copier(const std::string& path) : db_{path, SQLITE_OPEN_READONLY} {
    thread_ = std::thread{[this] { run(); }};
}

wal_copier::~wal_copier() {
    {
        const std::lock_guard guard{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void wal_copier::pin() {
    db_.exec("BEGIN");
    try {
        db_.integer("SELECT count(*) FROM cursor");  // a read begins with the first page that is read
    } catch (...) {
        db_.rollback();
        throw;
    }
}

void wal_copier::sync_and_release(bool copied) {
    if (!copied) {
        db_.rollback();
        return;
    }
    {
        const std::lock_guard guard{mutex_};
        busy_.store(true, std::memory_order_release);
        asked_ = true;
    }
    wake_.notify_all();
}

void wal_copier::wait() {
    std::unique_lock lock{mutex_};
    wake_.wait(lock, [&] { return !busy(); });
}

void wal_copier::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        wake_.wait(lock, [&] { return asked_ || stopping_; });
        if (!asked_) {
            return;
        }
        asked_ = false;
        lock.unlock();
        sqlite3_file* file = nullptr;
        sqlite3_file_control(db_.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
        if (file != nullptr && file->pMethods != nullptr &&
            file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) != SQLITE_OK) {
            // SQLite takes these pages as copied: nothing would copy them again.
            spdlog::error("store: the database file could not be synced; a loss of power now may lose turns");
        }
        db_.rollback();
        lock.lock();
        busy_.store(false, std::memory_order_release);
        wake_.notify_all();
    }
}

}  // namespace tapes::store
