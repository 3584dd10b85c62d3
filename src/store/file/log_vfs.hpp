#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>

namespace tapes::store {

/// A VFS (https://sqlite.org/vfs.html) that is the default one but for the log: SQLite writes each page of a
/// commit, and a header of 24 bytes before it, by a call of its own; here writes that follow each other are
/// gathered, and go on in one when the log is synced, or read where they stand. For one connection, and its
/// thread: known to SQLite as long as it lives, which must be longer than the connection.
///
/// Others see a commit once its frames are in the log's file, and these are there once it is synced: the
/// connection must have `synchronous = FULL` with each commit.
class log_vfs {
public:
    /// Throws sqlite_error.
    log_vfs();
    ~log_vfs();
    log_vfs(const log_vfs&) = delete;
    log_vfs& operator=(const log_vfs&) = delete;

    /// For sqlite3_open_v2.
    const char* name() const noexcept { return name_.c_str(); }

    /// To be called with the open connection, before which nothing is gathered. Takes its rollback hook: what
    /// was gathered of a transaction that is undone must not be written when others may write.
    void gather(sqlite3* connection);

private:
    friend struct log_file;
    class gathered;

    std::string name_;
    sqlite3_vfs* inner_;
    sqlite3_vfs own_{};
    std::unique_ptr<gathered> gathered_;
};

}  // namespace tapes::store
