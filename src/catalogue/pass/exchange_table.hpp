#pragma once

#include "pass/rows.hpp"
#include "pass/values.hpp"

#include <cstdint>
#include <optional>

namespace tapes::catalogue {

/// Of `flags`: the exchange ended in an error.
inline constexpr std::int64_t exchange_error_flag = 2;

/// What each exchange has added, so that it can be taken back when the exchange is amended.
class exchange_table {
public:
    explicit exchange_table(sqlite::connection& db);

    std::optional<contribution> find(std::int64_t exchange);
    void insert(std::int64_t exchange, const contribution& added);
    void remove(std::int64_t exchange);

private:
    sqlite::statement find_, insert_, remove_;
};

}  // namespace tapes::catalogue
