#pragma once

#include "file/sqlite.hpp"

#include <sys/stat.h>

#include <string>

namespace tapes::store {

/// Says whether the files of an open store still stand where they were opened. SQLite goes on with files that
/// have no name any more, and all of that is lost when they are closed; it looks itself
/// (SQLITE_FCNTL_HAS_MOVED) only at the database file, and only when it closes it. One thread.
class store_place {
public:
    enum class state {
        here,
        moved_away,   ///< nothing is at the path, but the file has a name somewhere
        removed,      ///< nothing is at the path, and the file has no name
        replaced,     ///< another file is at the path
        log_removed,  ///< the database is at its path, but not its WAL, or the WAL's index
    };

    explicit store_place(std::string path) : path_{std::move(path)} {}
    ~store_place() { forget(); }
    store_place(const store_place&) = delete;
    store_place& operator=(const store_place&) = delete;

    /// Remembers the files that `db` has open. To be called when it has read from the store.
    /// Throws sqlite_error where they have moved already, or where the database is not `expected_same` as
    /// before.
    void opened(connection& db, bool expected_same);
    /// Some system calls, no more.
    state look() const;
    /// Returns the reason for /readyz and the log, for a state that is not `here`.
    std::string reason(state seen) const;
    /// The database file has a name, wherever.
    bool has_name() const;
    /// Where the database file is by now, as far as the system tells.
    std::string present_path() const;

    const std::string& file() const noexcept { return file_; }
    std::string log_file() const { return file_ + "-wal"; }
    std::string index_file() const { return file_ + "-shm"; }

    /// The next file that is opened may be any.
    void forget();

private:
    state look_at_main() const;  ///< never `log_removed`

    std::string path_;  ///< as it was named
    std::string file_;  ///< with its links resolved, as SQLite knows it
    int main_ = -1;     ///< names the file only (O_PATH): to close it releases none of SQLite's locks
    struct stat main_about_ {};
    struct stat log_about_ {};
    struct stat index_about_ {};
};

}  // namespace tapes::store
