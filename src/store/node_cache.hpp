#pragma once

#include <tapes/merkle/digest.hpp>

#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

namespace tapes::store {

/// Where a stored node stands.
struct node_place {
    std::int64_t id = 0;
    std::int64_t root = 0;
    std::int64_t depth = 0;
};

/// The places of the nodes used most recently, at most 2 × `half`: two generations, of which the older one is
/// thrown away as a whole when the younger one is full.
class node_cache {
public:
    static constexpr std::size_t half = 32768;

    std::optional<node_place> find(const merkle::digest& hash) {
        if (const auto hit = young_.find(hash); hit != young_.end()) {
            return hit->second;
        }
        if (const auto hit = old_.find(hash); hit != old_.end()) {
            const auto place = hit->second;
            remember(hash, place);
            return place;
        }
        return std::nullopt;
    }

    void remember(const merkle::digest& hash, const node_place& place) {
        if (young_.size() >= half) {
            old_ = std::exchange(young_, {});
        }
        young_.insert_or_assign(hash, place);
    }

    void forget() noexcept {
        young_.clear();
        old_.clear();
    }

private:
    struct first_bytes {
        std::size_t operator()(const merkle::digest& hash) const noexcept {
            std::size_t value = 0;
            std::memcpy(&value, hash.data(), sizeof value);
            return value;
        }
    };

    std::unordered_map<merkle::digest, node_place, first_bytes> young_;
    std::unordered_map<merkle::digest, node_place, first_bytes> old_;
};

}  // namespace tapes::store
