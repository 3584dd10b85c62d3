#include "pass/time_table.hpp"

#include <algorithm>

namespace tapes::catalogue {

time_table::time_table(sqlite::connection& db)
    : keep_{db,
            "INSERT INTO exchange_times(block, first_at, last_at) VALUES(?1, ?2, ?3)"
            " ON CONFLICT(block) DO UPDATE SET first_at = min(first_at, excluded.first_at),"
            " last_at = max(last_at, excluded.last_at)"} {}

void time_table::add(std::int64_t exchange, std::int64_t accepted_at_us) {
    const auto [at, is_new] =
        blocks_.try_emplace(exchange / rows_in_time_block, times{accepted_at_us, accepted_at_us});
    if (!is_new) {
        at->second.first_at = std::min(at->second.first_at, accepted_at_us);
        at->second.last_at = std::max(at->second.last_at, accepted_at_us);
    }
}

void time_table::flush() {
    for (const auto& [block, of] : blocks_) {
        keep_.integer(1, block);
        keep_.integer(2, of.first_at);
        keep_.integer(3, of.last_at);
        keep_.run();
    }
    forget();
}

}  // namespace tapes::catalogue
