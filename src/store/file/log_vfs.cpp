#include "file/log_vfs.hpp"

#include "file/sqlite.hpp"

#include <atomic>
#include <cstddef>
#include <vector>

namespace tapes::store {

namespace {

/// SQLite's VFS for Unix takes no more in one call: of 128 KiB it writes nothing, and says that the disk is
/// full (seekAndWriteFd). A page has at most 64 KiB.
constexpr std::size_t most_gathered = 128 * 1024 - 1;

}  // namespace

/// What has been written to the log and not been passed on yet.
class log_vfs::gathered {
public:
    gathered() { bytes_.reserve(most_gathered); }

    /// Until then all is passed on at once.
    void start() noexcept { started_ = true; }

    int write(sqlite3_file* log, const void* bytes, int size, sqlite3_int64 at) {
        const auto count = static_cast<std::size_t>(size);
        if (at != end() || bytes_.size() + count > most_gathered) {
            if (const int code = flush(log); code != SQLITE_OK) {
                return code;
            }
            begin_ = at;
        }
        if (!started_) {
            return log->pMethods->xWrite(log, bytes, size, at);
        }
        const auto* first = static_cast<const char*>(bytes);
        bytes_.insert(bytes_.end(), first, first + count);  // within what is reserved
        return SQLITE_OK;
    }

    /// What fails is kept: SQLite takes it for written, and goes on with it unless it rolls all back.
    int flush(sqlite3_file* log) {
        if (bytes_.empty()) {
            return SQLITE_OK;
        }
        const int code = log->pMethods->xWrite(log, bytes_.data(), static_cast<int>(bytes_.size()), begin_);
        if (code == SQLITE_OK) {
            drop();
        }
        return code;
    }

    void drop() noexcept { bytes_.clear(); }

    bool holds_some_of(sqlite3_int64 at, int size) const noexcept {
        return !bytes_.empty() && at < end() && at + size > begin_;
    }

private:
    sqlite3_int64 end() const noexcept { return begin_ + static_cast<sqlite3_int64>(bytes_.size()); }

    bool started_ = false;
    sqlite3_int64 begin_ = 0;
    std::vector<char> bytes_;
};

/// SQLite allots it, with the file of the inner VFS behind it.
struct log_file {
    sqlite3_file base;  ///< first: SQLite knows no more of it
    sqlite3_file* inner;
    log_vfs::gathered* waiting;

    static log_file& of(sqlite3_file* file) { return *reinterpret_cast<log_file*>(file); }
    static sqlite3_vfs* inner_of(sqlite3_vfs* vfs) { return static_cast<log_vfs*>(vfs->pAppData)->inner_; }

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* opened);

    static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
        return of(file).waiting->write(of(file).inner, bytes, size, at);
    }

    static int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 at) {
        auto& log = of(file);
        const int code = log.waiting->holds_some_of(at, size) ? log.waiting->flush(log.inner) : SQLITE_OK;
        return code == SQLITE_OK ? log.inner->pMethods->xRead(log.inner, bytes, size, at) : code;
    }

    /// All that was committed has been synced: what is left was not.
    static int close(sqlite3_file* file) {
        of(file).waiting->drop();
        return of(file).inner->pMethods->xClose(of(file).inner);
    }
};

namespace {

constexpr std::size_t inner_at = (sizeof(log_file) + alignof(std::max_align_t) - 1) /
                                 alignof(std::max_align_t) * alignof(std::max_align_t);

/// What goes on to the inner file, or to the inner VFS.
template <auto Function>
struct of_inner;

template <class... Arguments, int (*sqlite3_io_methods::*Function)(sqlite3_file*, Arguments...)>
struct of_inner<Function> {
    static int call(sqlite3_file* file, Arguments... arguments) {
        auto* inner = log_file::of(file).inner;
        return (inner->pMethods->*Function)(inner, arguments...);
    }

    /// For what wants all in the file that was written to it.
    static int call_behind_writes(sqlite3_file* file, Arguments... arguments) {
        auto& log = log_file::of(file);
        const int code = log.waiting->flush(log.inner);
        return code == SQLITE_OK ? call(file, arguments...) : code;
    }
};

template <class Answer, class... Arguments, Answer (*sqlite3_vfs::*Function)(sqlite3_vfs*, Arguments...)>
struct of_inner<Function> {
    static Answer call(sqlite3_vfs* vfs, Arguments... arguments) {
        auto* inner = log_file::inner_of(vfs);
        return (inner->*Function)(inner, arguments...);
    }
};

constexpr sqlite3_io_methods log_methods = [] {
    sqlite3_io_methods made{};
    made.iVersion = 1;  // memory that is shared or mapped is the database file's, not the log's
    made.xClose = log_file::close;
    made.xRead = log_file::read;
    made.xWrite = log_file::write;
    made.xTruncate = of_inner<&sqlite3_io_methods::xTruncate>::call_behind_writes;
    made.xSync = of_inner<&sqlite3_io_methods::xSync>::call_behind_writes;
    made.xFileSize = of_inner<&sqlite3_io_methods::xFileSize>::call_behind_writes;
    made.xFileControl = of_inner<&sqlite3_io_methods::xFileControl>::call;
    made.xLock = of_inner<&sqlite3_io_methods::xLock>::call;
    made.xUnlock = of_inner<&sqlite3_io_methods::xUnlock>::call;
    made.xCheckReservedLock = of_inner<&sqlite3_io_methods::xCheckReservedLock>::call;
    made.xSectorSize = of_inner<&sqlite3_io_methods::xSectorSize>::call;
    made.xDeviceCharacteristics = of_inner<&sqlite3_io_methods::xDeviceCharacteristics>::call;
    return made;
}();

}  // namespace

int log_file::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* opened) {
    auto* inner = inner_of(vfs);
    if ((flags & SQLITE_OPEN_WAL) == 0) {
        return inner->xOpen(inner, name, file, flags, opened);
    }
    auto& log = of(file);
    log.base.pMethods = nullptr;  // as long as it is not open, SQLite does not close it
    log.inner = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + inner_at);
    log.waiting = static_cast<log_vfs*>(vfs->pAppData)->gathered_.get();
    const int code = inner->xOpen(inner, name, log.inner, flags, opened);
    if (code == SQLITE_OK) {
        log.base.pMethods = &log_methods;
    } else if (log.inner->pMethods != nullptr) {
        log.inner->pMethods->xClose(log.inner);
    }
    return code;
}

log_vfs::log_vfs() : inner_{sqlite3_vfs_find(nullptr)}, gathered_{std::make_unique<gathered>()} {
    static std::atomic<unsigned> made{0};
    name_ = "tapes-log-" + std::to_string(++made);
    if (inner_ == nullptr || inner_->iVersion < 2) {
        throw sqlite_error{SQLITE_ERROR, "SQLite has no VFS of version 2"};
    }
    own_.iVersion = 2;
    own_.szOsFile = static_cast<int>(inner_at) + inner_->szOsFile;
    own_.mxPathname = inner_->mxPathname;
    own_.zName = name_.c_str();
    own_.pAppData = this;
    own_.xOpen = log_file::open;
    own_.xDelete = of_inner<&sqlite3_vfs::xDelete>::call;
    own_.xAccess = of_inner<&sqlite3_vfs::xAccess>::call;
    own_.xFullPathname = of_inner<&sqlite3_vfs::xFullPathname>::call;
    own_.xDlOpen = of_inner<&sqlite3_vfs::xDlOpen>::call;
    own_.xDlError = of_inner<&sqlite3_vfs::xDlError>::call;
    own_.xDlSym = of_inner<&sqlite3_vfs::xDlSym>::call;
    own_.xDlClose = of_inner<&sqlite3_vfs::xDlClose>::call;
    own_.xRandomness = of_inner<&sqlite3_vfs::xRandomness>::call;
    own_.xSleep = of_inner<&sqlite3_vfs::xSleep>::call;
    own_.xCurrentTime = of_inner<&sqlite3_vfs::xCurrentTime>::call;
    own_.xGetLastError = of_inner<&sqlite3_vfs::xGetLastError>::call;
    own_.xCurrentTimeInt64 = of_inner<&sqlite3_vfs::xCurrentTimeInt64>::call;
    if (const int code = sqlite3_vfs_register(&own_, 0); code != SQLITE_OK) {
        throw sqlite_error{code, sqlite3_errstr(code)};
    }
}

log_vfs::~log_vfs() {
    sqlite3_vfs_unregister(&own_);
}

void log_vfs::gather(sqlite3* connection) {
    sqlite3_rollback_hook(
        connection, [](void* of) { static_cast<gathered*>(of)->drop(); }, gathered_.get());
    // Without this the end of a commit may be written behind its sync, to fill a sector.
    int powersafe = -1;
    sqlite3_file_control(connection, "main", SQLITE_FCNTL_POWERSAFE_OVERWRITE, &powersafe);
    if (powersafe == 1) {
        gathered_->start();
    }
}

}  // namespace tapes::store
