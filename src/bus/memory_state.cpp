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

std::uint64_t memory_bus::state::group::meant_for(const partition_id& id) const {
    std::vector<std::uint64_t> takers;
    for (const auto& [member_id, member] : members) {
        if (std::find(member.topics.begin(), member.topics.end(), id.topic) != member.topics.end()) {
            takers.push_back(member_id);
        }
    }
    return takers.empty() ? 0 : takers[static_cast<std::size_t>(id.partition) % takers.size()];
}

void memory_bus::state::append(stored_record record) {
    const auto partitions = static_cast<std::uint32_t>(std::max(topics.at(record.topic).partitions, 1));
    record.partition = static_cast<int>(fnv1a(record.key) % partitions);
    auto& all = records[record.topic];
    auto& log = logs[{record.topic, record.partition}];
    record.offset = static_cast<std::int64_t>(log.size());
    log.push_back(all.size());
    all.push_back(std::move(record));
}

}  // namespace tapes::bus
