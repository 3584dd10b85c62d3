#pragma once

#include <sqlite3.h>

#include <string>

namespace tapes::store {

/// A VFS (https://sqlite.org/vfs.html) that is the default one but for the log: SQLite writes each page of a
/// commit, and a header of 24 bytes before it, by a call of its own; here writes that follow each other are
/// gathered, and go on in one when the log is synced or read. Known to SQLite as long as it lives, which must
/// be longer than the connections that are opened with it.
///
/// Only for a connection with `synchronous = FULL`: others see a commit once the log is synced, and would
/// look for pages that are not in the file yet where it is not.
class log_vfs {
public:
    /// Throws sqlite_error.
    log_vfs();
    ~log_vfs();
    log_vfs(const log_vfs&) = delete;
    log_vfs& operator=(const log_vfs&) = delete;

    /// For sqlite3_open_v2.
    const char* name() const noexcept { return name_.c_str(); }

private:
    std::string name_;
    sqlite3_vfs own_{};
};

}  // namespace tapes::store
