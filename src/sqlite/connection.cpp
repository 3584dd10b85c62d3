#include <tapes/sqlite/connection.hpp>
#include <tapes/text/interruptible.hpp>

#include <mutex>
#include <new>

namespace tapes::sqlite {

namespace {

// SQLite counts its allocations under one global mutex unless told not to; readers and the writer would meet
// there. Has no effect when something else of the process has initialised SQLite before.
void configure_once() {
    static std::once_flag once;
    std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

/// So many instructions of SQLite's machine lie between two questions: some 50 µs.
constexpr int instructions_to_question = 4096;

int ends_here(void*) {
    return text::question_of_thread != nullptr && !(*text::question_of_thread)() ? 1 : 0;
}

}  // namespace

bool sqlite_error::concerns_all() const noexcept {
    switch (primary()) {
        case SQLITE_PERM:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_NOMEM:
        case SQLITE_READONLY:
        case SQLITE_INTERRUPT:
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_FULL:
        case SQLITE_CANTOPEN:
        case SQLITE_PROTOCOL:
        case SQLITE_SCHEMA:
        case SQLITE_NOLFS:
        case SQLITE_AUTH:
        case SQLITE_NOTADB:
            return true;
        default:
            return false;
    }
}

connection::connection(const std::string& path, int flags, const char* vfs) {
    configure_once();
    const int code =
        sqlite3_open_v2(path.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    if (code != SQLITE_OK) {
        const std::string text = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
        sqlite3_close_v2(handle_);
        throw sqlite_error{code, text};
    }
    sqlite3_busy_timeout(handle_, 5000);
    if ((flags & SQLITE_OPEN_READONLY) != 0) {
        sqlite3_progress_handler(handle_, instructions_to_question, ends_here, nullptr);
    }
}

connection::~connection() {
    sqlite3_close_v2(handle_);
}

void connection::exec(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        fail(code);
    }
}

std::int64_t connection::integer(const std::string& sql) {
    statement query{*this, sql};
    return query.step() ? query.integer_at(0) : 0;
}

void connection::rollback() noexcept {
    if (in_transaction()) {
        sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void connection::fail(int code) const {
    std::string text = sqlite3_errmsg(handle_);
    if (sqlite3_errcode(handle_) != code && sqlite3_extended_errcode(handle_) != code) {
        text = sqlite3_errstr(code);
    }
    if ((code & 0xff) == SQLITE_IOERR) {
        text += " (" + std::to_string(code) + ")";
    }
    throw sqlite_error{code, text};
}

statement::statement(connection& db, std::string_view sql) : db_{db} {
    if (const auto watch = watch_of_statements.load(std::memory_order_relaxed); watch != nullptr) {
        watch(db.handle(), sql);
    }
    const int code = sqlite3_prepare_v3(db.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code != SQLITE_OK) {
        db.fail(code);
    }
}

statement::~statement() {
    sqlite3_finalize(handle_);
}

void statement::text(int at, std::string_view value) {
    // A null pointer would bind NULL.
    const char* bytes = value.data() != nullptr ? value.data() : "";
    check(sqlite3_bind_text64(handle_, at, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void statement::blob(int at, const void* bytes, std::size_t size) {
    check(sqlite3_bind_blob64(handle_, at, size != 0 ? bytes : "", size, SQLITE_STATIC));
}

bool statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        fail(code);
    }
    return false;
}

void statement::run() {
    step();
    reset();
}

void statement::fail(int code) const {
    try {
        db_.fail(code);
    } catch (...) {
        sqlite3_reset(handle_);
        throw;
    }
}

std::optional<std::int64_t> statement::optional_at(int column) const {
    return is_null(column) ? std::nullopt : std::optional{integer_at(column)};
}

std::string_view statement::text_at(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    return bytes == nullptr
               ? std::string_view{}
               : std::string_view{bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::span<const std::uint8_t> statement::blob_at(int column) const {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view statement::bytes_at(int column) const {
    const auto bytes = blob_at(column);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

row_value statement::value_at(int column) const {
    row_value copy{sqlite3_value_dup(sqlite3_column_value(handle_, column))};
    if (copy == nullptr) {
        throw std::bad_alloc{};
    }
    return copy;
}

}  // namespace tapes::sqlite
