#pragma once

#include "file/sqlite.hpp"

#include <cstdint>

namespace tapes::store {

/// A column of one row, read without the whole of it in memory. Holds a read transaction while it lives.
class column_bytes {
public:
    column_bytes(const connection& db, const char* table, const char* column, std::int64_t row) {
        if (sqlite3_blob_open(db.handle(), "main", table, column, row, 0, &handle_) != SQLITE_OK) {
            sqlite3_blob_close(handle_);
            handle_ = nullptr;
        }
    }
    ~column_bytes() { sqlite3_blob_close(handle_); }
    column_bytes(const column_bytes&) = delete;
    column_bytes& operator=(const column_bytes&) = delete;

    int size() const { return handle_ == nullptr ? 0 : sqlite3_blob_bytes(handle_); }
    bool read(char* into, int count, int at) const {
        return sqlite3_blob_read(handle_, into, count, at) == SQLITE_OK;
    }

private:
    sqlite3_blob* handle_ = nullptr;
};

}  // namespace tapes::store
