#pragma once

#include <tapes/merkle/digest.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

namespace tapes::store {

/// Where a stored node stands.
struct row_place {
    std::int64_t id = 0;
    std::int64_t root = 0;
    std::int64_t depth = 0;
};

/// The places of nodes used recently, at most `size`: a table of sets, each in the order of use, in which a
/// new one takes the place of the one used longest ago. Takes no memory later, and never stands still to
/// tidy.
class node_cache {
public:
    static constexpr std::size_t size = 65536;

    std::optional<row_place> find(const merkle::digest& hash) {
        const auto set = set_of(hash);
        const auto hit = std::ranges::find(set, hash, &slot::hash);
        if (hit == set.end() || hit->place.id == 0) {
            return std::nullopt;
        }
        std::rotate(set.begin(), hit, hit + 1);
        return set.front().place;
    }

    void remember(const merkle::digest& hash, const row_place& place) {
        const auto set = set_of(hash);
        auto at = std::ranges::find(set, hash, &slot::hash);
        at = at == set.end() ? at - 1 : at;
        std::rotate(set.begin(), at, at + 1);
        set.front() = {hash, place};
    }

    void forget() noexcept { std::ranges::fill(slots_, slot{}); }

private:
    static constexpr std::size_t in_a_set = 4;

    struct slot {
        merkle::digest hash{};
        row_place place;  ///< id 0: empty
    };

    std::span<slot> set_of(const merkle::digest& hash) noexcept {
        std::uint64_t first = 0;  // any bytes of a digest are as good as any other
        std::memcpy(&first, hash.data(), sizeof first);
        const auto set = static_cast<std::size_t>(first % (size / in_a_set));
        return std::span{slots_}.subspan(set * in_a_set, in_a_set);
    }

    std::vector<slot> slots_{size};
};

}  // namespace tapes::store
