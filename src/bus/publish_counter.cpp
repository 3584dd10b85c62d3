#include "publish_counter.hpp"

namespace tapes::bus {

/// The lock was taken by the constructor, which the analysis does not follow.
void publish_counter::batch::add(std::string_view topic, failure why,
                                 std::uint64_t took_us) TAPES_NO_THREAD_SAFETY_ANALYSIS {
    auto found = into_.topics_.find(topic);
    if (found == into_.topics_.end()) {
        found = into_.topics_.emplace(std::string(topic), publish_totals{}).first;
    }
    auto& totals = found->second;
    switch (why) {
        case failure::none:
            ++totals.delivered;
            totals.duration.add(took_us);
            return;
        case failure::too_large:
            ++totals.too_large;
            return;
        case failure::invalid:
            ++totals.invalid;
            return;
        case failure::transient:
            ++totals.transient;
            return;
        case failure::purged:
            ++totals.purged;
            return;
    }
}

producer_status publish_counter::status() const {
    const sync::lock_guard hold{mutex_};
    return {{topics_.begin(), topics_.end()}};
}

}  // namespace tapes::bus
