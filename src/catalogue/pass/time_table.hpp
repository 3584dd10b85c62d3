#pragma once

#include <tapes/sqlite/connection.hpp>

#include <cstdint>
#include <map>

namespace tapes::catalogue {

/// So many rows of the log share a block of exchange_times.
inline constexpr std::int64_t rows_in_time_block = 1024;

/// When the exchanges of each block of the log were accepted: the earliest and the latest. The log has them
/// in the order in which they ended, or were brought: that is only mostly the order of time.
class time_table {
public:
    explicit time_table(sqlite::connection& db);

    void add(std::int64_t exchange, std::int64_t accepted_at_us);
    void flush();
    /// A transaction was rolled back.
    void forget() { blocks_.clear(); }

private:
    struct times {
        std::int64_t first_at = 0, last_at = 0;
    };

    sqlite::statement keep_;
    std::map<std::int64_t, times> blocks_;  ///< what this transaction adds
};

}  // namespace tapes::catalogue
