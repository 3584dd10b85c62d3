#include "log_vfs.hpp"

#include "sqlite.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace tapes::store {

namespace {

/// SQLite's VFS for Unix takes no more in one call: of 128 KiB it writes nothing, and says that the disk
/// is full (seekAndWriteFd). A page has at most 64 KiB.
constexpr std::size_t most_gathered = 128 * 1024 - 1;

/// What has been written to the log and not been passed on yet.
class gathered {
public:
    explicit gathered(sqlite3_file* log) : log_{log} { bytes_.reserve(most_gathered); }

    int write(const void* bytes, int size, sqlite3_int64 at) {
        const auto count = static_cast<std::size_t>(size);
        if (!follows(at) || bytes_.size() + count > most_gathered) {
            if (const int code = flush(); code != SQLITE_OK) {
                return code;
            }
            begin_ = at;
        }
        const auto* first = static_cast<const char*>(bytes);
        bytes_.insert(bytes_.end(), first, first + count);
        return SQLITE_OK;
    }

    /// Whatever fails is forgotten: SQLite rolls back, and writes anew from where the transaction began.
    int flush() {
        if (bytes_.empty()) {
            return SQLITE_OK;
        }
        const int code = log_->pMethods->xWrite(log_, bytes_.data(), static_cast<int>(bytes_.size()), begin_);
        bytes_.clear();
        return code;
    }

private:
    bool follows(sqlite3_int64 at) const {
        return !bytes_.empty() && at == begin_ + static_cast<sqlite3_int64>(bytes_.size());
    }

    sqlite3_file* log_;
    sqlite3_int64 begin_ = 0;
    std::vector<char> bytes_;
};

/// SQLite allots it, with the file of the inner VFS behind it.
struct log_file {
    sqlite3_file base;  ///< first: SQLite knows no more of it
    sqlite3_file* inner;
    gathered* waiting;
};

constexpr std::size_t inner_at = (sizeof(log_file) + alignof(std::max_align_t) - 1) /
                                 alignof(std::max_align_t) * alignof(std::max_align_t);

log_file& log_of(sqlite3_file* file) {
    return *reinterpret_cast<log_file*>(file);
}

/// What goes on to the inner file, or to the inner VFS.
template <auto Function>
struct of_inner;

template <class... Arguments, int (*sqlite3_io_methods::*Function)(sqlite3_file*, Arguments...)>
struct of_inner<Function> {
    static int call(sqlite3_file* file, Arguments... arguments) {
        auto* inner = log_of(file).inner;
        return (inner->pMethods->*Function)(inner, arguments...);
    }

    /// For what wants all in the file that was written to it.
    static int call_behind_writes(sqlite3_file* file, Arguments... arguments) {
        const int code = log_of(file).waiting->flush();
        return code == SQLITE_OK ? call(file, arguments...) : code;
    }
};

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    return log_of(file).waiting->write(bytes, size, at);
}

int close(sqlite3_file* file) {
    const std::unique_ptr<gathered> waiting{log_of(file).waiting};
    const int written = waiting->flush();
    const int code = of_inner<&sqlite3_io_methods::xClose>::call(file);
    return code == SQLITE_OK ? written : code;
}

constexpr sqlite3_io_methods log_methods = [] {
    sqlite3_io_methods made{};
    made.iVersion = 1;  // memory that is shared or mapped is the database file's, not the log's
    made.xClose = close;
    made.xWrite = write;
    made.xRead = of_inner<&sqlite3_io_methods::xRead>::call_behind_writes;
    made.xTruncate = of_inner<&sqlite3_io_methods::xTruncate>::call_behind_writes;
    made.xSync = of_inner<&sqlite3_io_methods::xSync>::call_behind_writes;
    made.xFileSize = of_inner<&sqlite3_io_methods::xFileSize>::call_behind_writes;
    made.xFileControl = of_inner<&sqlite3_io_methods::xFileControl>::call_behind_writes;
    made.xLock = of_inner<&sqlite3_io_methods::xLock>::call;
    made.xUnlock = of_inner<&sqlite3_io_methods::xUnlock>::call;
    made.xCheckReservedLock = of_inner<&sqlite3_io_methods::xCheckReservedLock>::call;
    made.xSectorSize = of_inner<&sqlite3_io_methods::xSectorSize>::call;
    made.xDeviceCharacteristics = of_inner<&sqlite3_io_methods::xDeviceCharacteristics>::call;
    return made;
}();

sqlite3_vfs* inner_of(sqlite3_vfs* vfs) {
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* opened) {
    auto* inner = inner_of(vfs);
    if ((flags & SQLITE_OPEN_WAL) == 0) {
        return inner->xOpen(inner, name, file, flags, opened);
    }
    auto& log = log_of(file);
    log.base.pMethods = nullptr;  // as long as it is not open, SQLite does not close it
    log.inner = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + inner_at);
    try {
        auto waiting = std::make_unique<gathered>(log.inner);
        const int code = inner->xOpen(inner, name, log.inner, flags, opened);
        if (code != SQLITE_OK) {
            if (log.inner->pMethods != nullptr) {
                log.inner->pMethods->xClose(log.inner);
            }
            return code;
        }
        log.waiting = waiting.release();
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    }
    log.base.pMethods = &log_methods;
    return SQLITE_OK;
}

template <class Answer, class... Arguments, Answer (*sqlite3_vfs::*Function)(sqlite3_vfs*, Arguments...)>
struct of_inner<Function> {
    static Answer call(sqlite3_vfs* vfs, Arguments... arguments) {
        auto* inner = inner_of(vfs);
        return (inner->*Function)(inner, arguments...);
    }
};

}  // namespace

log_vfs::log_vfs() {
    static std::atomic<unsigned> made{0};
    name_ = "tapes-log-" + std::to_string(++made);
    auto* inner = sqlite3_vfs_find(nullptr);
    if (inner == nullptr || inner->iVersion < 2) {
        throw sqlite_error{SQLITE_ERROR, "SQLite has no VFS of version 2"};
    }
    own_.iVersion = 2;
    own_.szOsFile = static_cast<int>(inner_at) + inner->szOsFile;
    own_.mxPathname = inner->mxPathname;
    own_.zName = name_.c_str();
    own_.pAppData = inner;
    own_.xOpen = open;
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

}  // namespace tapes::store
