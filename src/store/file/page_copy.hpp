#pragma once

#include "file/sqlite.hpp"

#include <cstdint>

namespace tapes::store {

/// SQLite's work of one copy (https://sqlite.org/backup.html). The connections must outlive it. What is
/// written meanwhile through `from` itself is taken over; what others write has it begin anew.
class page_copy {
public:
    /// Throws sqlite_error.
    page_copy(connection& from, connection& to)
        : work_{sqlite3_backup_init(to.handle(), "main", from.handle(), "main")} {
        if (work_ == nullptr) {
            to.fail(sqlite3_extended_errcode(to.handle()));
        }
    }
    ~page_copy() { (void)sqlite3_backup_finish(work_); }
    page_copy(const page_copy&) = delete;
    page_copy& operator=(const page_copy&) = delete;

    /// False: all is copied. Throws sqlite_error.
    bool step(int pages) {
        const int code = sqlite3_backup_step(work_, pages);
        if (code != SQLITE_OK && code != SQLITE_DONE) {
            throw sqlite_error{code, sqlite3_errstr(code)};
        }
        return code == SQLITE_OK;
    }
    std::uint64_t all() const { return static_cast<std::uint64_t>(sqlite3_backup_pagecount(work_)); }
    std::uint64_t left() const { return static_cast<std::uint64_t>(sqlite3_backup_remaining(work_)); }

private:
    sqlite3_backup* work_;
};

}  // namespace tapes::store
