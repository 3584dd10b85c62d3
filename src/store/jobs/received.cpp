#include "jobs/received_rows.hpp"

namespace tapes::store {

received_batch store_received(writer& store_writer, std::span<const received_item> items) {
    received_batch made;
    if (items.empty()) {
        return made;
    }
    run_job(store_writer, [&](job_context& context) {
        made = {};
        made.each.reserve(items.size());
        received_rows rows{context};
        for (const auto& one : items) {
            made.each.push_back(rows.take(one));
        }
        rows.finish();
        made.joined = rows.joined();
    });
    return made;
}

std::uint64_t join_orphans(writer& store_writer) {
    std::uint64_t joined = 0;
    run_job(store_writer, [&](job_context& context) {
        received_rows rows{context};
        rows.join_waiting();
        rows.finish();
        joined = rows.joined();
    });
    return joined;
}

}  // namespace tapes::store
