#include "memory_state.hpp"

#include <algorithm>

namespace tapes::bus {
namespace {

std::uint32_t fnv1a(std::string_view text) {
    std::uint32_t hash = 0x811C9DC5U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
    }
    return hash;
}

}  // namespace

std::uint64_t memory_bus::state::group::meant_for(const partition_id& what) const {
    std::vector<std::uint64_t> takers;
    for (const auto& [id, one] : members) {
        if (std::find(one.topics.begin(), one.topics.end(), what.topic) != one.topics.end()) {
            takers.push_back(id);
        }
    }
    return takers.empty() ? 0 : takers[static_cast<std::size_t>(what.partition) % takers.size()];
}

void memory_bus::state::append(stored_record one) {
    const auto partitions = static_cast<std::uint32_t>(std::max(topics.at(one.topic).partitions, 1));
    one.partition = static_cast<int>(fnv1a(one.key) % partitions);
    auto& all = records[one.topic];
    auto& log = logs[{one.topic, one.partition}];
    one.offset = static_cast<std::int64_t>(log.size());
    log.push_back(all.size());
    all.push_back(std::move(one));
}

}  // namespace tapes::bus
