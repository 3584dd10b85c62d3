#include "read/commit_order.hpp"

namespace tapes::store {

std::int64_t time_of_uuid(std::span<const std::uint8_t, 16> uuid) {
    std::int64_t milliseconds = 0;
    for (std::size_t i = 0; i < 6; ++i) {
        milliseconds = (milliseconds << 8) | uuid[i];
    }
    return milliseconds * 1000;
}

commit_order::commit_order(connection& db)
    : db_{db},
      committed_from_{db, "SELECT id, committed_at FROM exchange WHERE id >= ?1 ORDER BY id LIMIT 1"} {}

std::int64_t commit_order::first_since(std::int64_t time_us) {
    std::int64_t low = 1;
    std::int64_t high = db_.integer("SELECT max(id) FROM exchange") + 1;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const reset_at_end guard{committed_from_};
        committed_from_.integer(1, middle);
        if (!committed_from_.step() || committed_from_.integer_at(1) >= time_us) {
            high = middle;
        } else {
            low = committed_from_.integer_at(0) + 1;
        }
    }
    return low;
}

}  // namespace tapes::store
