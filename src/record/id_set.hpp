#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace tapes::record {

/// A set of row ids, a bit for each where they are dense. Ids of a damaged store may be any numbers.
class id_set {
public:
    /// Returns false where it was there.
    bool add(std::int64_t id) {
        auto bit = chunks_[number(id) / chunk_ids][number(id) % chunk_ids];
        const bool added = !bit;
        bit = true;
        return added;
    }
    bool contains(std::int64_t id) const {
        const auto found = chunks_.find(number(id) / chunk_ids);
        return found != chunks_.end() && found->second[number(id) % chunk_ids];
    }

private:
    static constexpr std::size_t chunk_ids = 4096;
    static std::size_t number(std::int64_t id) noexcept { return static_cast<std::size_t>(id); }

    std::unordered_map<std::size_t, std::bitset<chunk_ids>> chunks_;
};

}  // namespace tapes::record
