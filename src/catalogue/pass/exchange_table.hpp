#pragma once

#include "pass/row_writer.hpp"
#include "pass/rows.hpp"
#include "pass/values.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace tapes::catalogue {

/// Of `flags`: the exchange ended in an error.
inline constexpr std::int64_t exchange_error_flag = 2;

/// What each exchange has added, so that it can be taken back when the exchange is amended; what is new is
/// written by `flush`.
class exchange_table {
public:
    explicit exchange_table(sqlite::connection& db);

    std::optional<contribution> find(std::int64_t exchange);
    void insert(std::int64_t exchange, const contribution& added);
    void remove(std::int64_t exchange);

    void flush();
    /// A transaction was rolled back.
    void forget() { added_.clear(); }

private:
    sqlite::statement find_;
    row_writer insert_;
    sqlite::statement remove_;
    std::map<std::int64_t, contribution> added_;
};

}  // namespace tapes::catalogue
