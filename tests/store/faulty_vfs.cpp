#include "faulty_vfs.hpp"

#include <chrono>
#include <cstring>
#include <string_view>

namespace tapes::store::test {

/// The file handle that SQLite holds; the real one stands behind it in the same allocation.
struct faulty_file {
    sqlite3_file base;
    faulty_vfs* owner;
    bool wal;

    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    static faulty_file* of(sqlite3_file* file) { return reinterpret_cast<faulty_file*>(file); }

    static int hit(sqlite3_file* file, std::atomic<int> faulty_vfs::*which) {
        auto* self = of(file);
        const bool meant = self->wal == (which != &faulty_vfs::database_syncs_);
        const int code = meant ? (self->owner->*which).load() : SQLITE_OK;
        if (code != SQLITE_OK) {
            self->owner->count_hit();
        }
        return code;
    }
    static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
        int code = hit(file, &faulty_vfs::writes_);
        auto& owner = *of(file)->owner;
        if (of(file)->wal && at + size > owner.longest_log_) {
            owner.count_hit();
            code = SQLITE_FULL;
        }
        if (of(file)->wal) {
            owner.log_is_synced_ = false;
            ++owner.log_writes_;
        } else {
            owner.early_pages_ += owner.log_is_synced_ ? 0U : 1U;
        }
        auto* behind = of(file)->real();
        return code != SQLITE_OK ? code : behind->pMethods->xWrite(behind, bytes, size, at);
    }
    static int sync(sqlite3_file* file, int flags) {
        const int code = hit(file, of(file)->wal ? &faulty_vfs::syncs_ : &faulty_vfs::database_syncs_);
        auto* behind = of(file)->real();
        const int result = code != SQLITE_OK ? code : behind->pMethods->xSync(behind, flags);
        if (of(file)->wal && result == SQLITE_OK) {
            of(file)->owner->log_is_synced_ = true;
        }
        return result;
    }
    static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out);
};

namespace {

sqlite3_vfs* real_vfs = nullptr;

/// A method that only goes on to the real file.
template <auto Method>
struct pass;
template <class Result, class... Args, Result (*sqlite3_io_methods::*Method)(sqlite3_file*, Args...)>
struct pass<Method> {
    static Result call(sqlite3_file* file, Args... args) {
        auto* behind = faulty_file::of(file)->real();
        return (behind->pMethods->*Method)(behind, args...);
    }
};

int close_file(sqlite3_file* file) {
    auto* behind = faulty_file::of(file)->real();
    return behind->pMethods != nullptr ? behind->pMethods->xClose(behind) : SQLITE_OK;
}

const sqlite3_io_methods methods{
    2,
    &close_file,
    &pass<&sqlite3_io_methods::xRead>::call,
    &faulty_file::write,
    &pass<&sqlite3_io_methods::xTruncate>::call,
    &faulty_file::sync,
    &pass<&sqlite3_io_methods::xFileSize>::call,
    &pass<&sqlite3_io_methods::xLock>::call,
    &pass<&sqlite3_io_methods::xUnlock>::call,
    &pass<&sqlite3_io_methods::xCheckReservedLock>::call,
    &pass<&sqlite3_io_methods::xFileControl>::call,
    &pass<&sqlite3_io_methods::xSectorSize>::call,
    &pass<&sqlite3_io_methods::xDeviceCharacteristics>::call,
    &pass<&sqlite3_io_methods::xShmMap>::call,
    &pass<&sqlite3_io_methods::xShmLock>::call,
    &pass<&sqlite3_io_methods::xShmBarrier>::call,
    &pass<&sqlite3_io_methods::xShmUnmap>::call,
    nullptr,
    nullptr,
};

}  // namespace

int faulty_file::open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
    auto* self = of(file);
    self->owner = static_cast<faulty_vfs*>(vfs->pAppData);
    self->wal = name != nullptr && std::string_view{name}.ends_with("-wal");
    const int code = real_vfs->xOpen(real_vfs, name, self->real(), flags, out);
    self->base.pMethods = code == SQLITE_OK ? &methods : nullptr;
    return code;
}

faulty_vfs::faulty_vfs() {
    real_vfs = sqlite3_vfs_find(nullptr);
    own_ = *real_vfs;
    own_.zName = "faulty";
    own_.pAppData = this;
    own_.szOsFile = static_cast<int>(sizeof(faulty_file)) + real_vfs->szOsFile;
    own_.xOpen = &faulty_file::open;
    sqlite3_vfs_register(&own_, 1);
}

faulty_vfs::~faulty_vfs() {
    sqlite3_vfs_unregister(&own_);
    sqlite3_vfs_register(real_vfs, 1);
}

void faulty_vfs::count_hit() {
    {
        const std::lock_guard guard{mutex_};
        ++hits_;
    }
    hit_.notify_all();
}

bool faulty_vfs::wait_for_hits(std::uint64_t count) {
    std::unique_lock lock{mutex_};
    return hit_.wait_for(lock, std::chrono::seconds{20}, [&] { return hits_ >= count; });
}

}  // namespace tapes::store::test
