#include "jobs/received_rows.hpp"

namespace tapes::store {

received_batch store_received(writer& by, std::span<const received_item> items) {
    received_batch made;
    if (items.empty()) {
        return made;
    }
    run_job(by, [&](job_context& in) {
        made = {};
        made.each.reserve(items.size());
        received_rows rows{in};
        for (const auto& one : items) {
            made.each.push_back(rows.take(one));
        }
        rows.finish();
        made.joined = rows.joined();
    });
    return made;
}

std::uint64_t join_orphans(writer& by) {
    std::uint64_t joined = 0;
    run_job(by, [&](job_context& in) {
        received_rows rows{in};
        rows.join_waiting();
        rows.finish();
        joined = rows.joined();
    });
    return joined;
}

}  // namespace tapes::store
