#pragma once

#include "pass/rows.hpp"
#include "pass/values.hpp"

#include <cstdint>
#include <optional>

namespace tapes::catalogue {

/// What each exchange has added, so that it can be taken back when the exchange is amended.
class exchange_table {
public:
    explicit exchange_table(sqlite::connection& db);

    std::optional<contribution> find(std::int64_t exchange);
    void put(std::int64_t exchange, const contribution& added);

private:
    sqlite::statement find_, put_;
};

}  // namespace tapes::catalogue
