#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tapes::sqlite {

/// What SQLite said, with its extended result code.
class sqlite_error : public std::runtime_error {
public:
    sqlite_error(int extended, const std::string& text) : std::runtime_error{text}, extended_{extended} {}

    int extended() const noexcept { return extended_; }
    int primary() const noexcept { return extended_ & 0xff; }

    /// The disk, the file or the process is at fault, not the row: every other row would fail as well.
    bool concerns_all() const noexcept;

private:
    int extended_;
};

/// One connection, for one thread at a time.
class connection {
public:
    /// `flags` and `vfs` as for sqlite3_open_v2. Throws sqlite_error.
    connection(const std::string& path, int flags, const char* vfs = nullptr);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Runs every statement of `sql`.
    void exec(const std::string& sql);
    /// The first column of the first row; 0 when there is none.
    std::int64_t integer(const std::string& sql);
    /// Rolls an open transaction back, if SQLite has not done so already. Never throws.
    void rollback() noexcept;

    bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle_) == 0; }
    sqlite3* handle() const noexcept { return handle_; }
    [[noreturn]] void fail(int code) const;

private:
    sqlite3* handle_ = nullptr;
};

struct row_value_deleter {
    void operator()(sqlite3_value* value) const noexcept { sqlite3_value_free(value); }
};
/// A value of any type, apart from the row that it was read from.
using row_value = std::unique_ptr<sqlite3_value, row_value_deleter>;

/// Is told each statement that is prepared; for tests, which look at its plan. Throws to refuse it.
using statement_watch = void (*)(sqlite3* db, std::string_view sql);
inline std::atomic<statement_watch> watch_of_statements{nullptr};

/// A statement that lives as long as its connection is used. Bound text and blobs are not copied: they must
/// live until the statement is reset.
class statement {
public:
    statement(connection& db, std::string_view sql);
    ~statement();
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;

    void null(int at) { check(sqlite3_bind_null(handle_, at)); }
    void integer(int at, std::int64_t value) { check(sqlite3_bind_int64(handle_, at, value)); }
    void integer(int at, const std::optional<std::int64_t>& value) { value ? integer(at, *value) : null(at); }
    /// 0 is NULL: the id of nothing.
    void id(int at, std::int64_t value) { value != 0 ? integer(at, value) : null(at); }
    void text(int at, std::string_view value);
    /// Empty text is NULL.
    void optional_text(int at, std::string_view value) { value.empty() ? null(at) : text(at, value); }
    void blob(int at, const void* bytes, std::size_t size);
    /// A pointer for a function of SQLite's, with the name of its type, a literal.
    void pointer(int at, void* value, const char* type) {
        check(sqlite3_bind_pointer(handle_, at, value, type, nullptr));
    }

    /// A value as `value_at` has kept it.
    void value(int at, const row_value& kept) { check(sqlite3_bind_value(handle_, at, kept.get())); }

    /// True while there is a row. Throws sqlite_error, after which the statement is reset.
    bool step();
    /// Runs a statement that yields no rows of interest, and resets it.
    void run();
    void reset() noexcept { sqlite3_reset(handle_); }

    bool is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
    std::int64_t integer_at(int column) const { return sqlite3_column_int64(handle_, column); }
    std::optional<std::int64_t> optional_at(int column) const;
    double real_at(int column) const { return sqlite3_column_double(handle_, column); }
    /// Valid until the next call of a member.
    std::string_view text_at(int column) const;
    std::span<const std::uint8_t> blob_at(int column) const;
    /// Returns the same as characters.
    std::string_view bytes_at(int column) const;
    /// A copy that lives on when the statement steps, with its type.
    row_value value_at(int column) const;

private:
    void check(int code) const {
        if (code != SQLITE_OK) {
            fail(code);
        }
    }
    [[noreturn]] void fail(int code) const;

    connection& db_;
    sqlite3_stmt* handle_ = nullptr;
};

/// Resets a statement at the end of a scope: an open SELECT pins the WAL.
class reset_at_end {
public:
    explicit reset_at_end(statement& of) noexcept : of_{of} {}
    ~reset_at_end() { of_.reset(); }
    reset_at_end(const reset_at_end&) = delete;
    reset_at_end& operator=(const reset_at_end&) = delete;

private:
    statement& of_;
};

}  // namespace tapes::sqlite
