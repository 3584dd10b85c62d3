#include "received_rows.hpp"

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

}  // namespace tapes::store
