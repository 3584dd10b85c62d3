#include "write/node_cache.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <vector>

namespace tapes::store::write_node_cache_test {

using namespace tapes;
using namespace tapes::store;

namespace {

merkle::digest random_digest(std::mt19937& from) {
    merkle::digest made;
    std::uniform_int_distribution<int> byte{0, 255};
    std::ranges::generate(made, [&] { return static_cast<std::uint8_t>(byte(from)); });
    return made;
}

/// All of one set: it is chosen by the first bytes.
merkle::digest one_of_a_set(std::uint8_t which) {
    merkle::digest made{};
    made.back() = which;
    return made;
}

}  // namespace

TEST_CASE("nodes used recently are found, however many came before") {
    std::mt19937 random{3};
    std::vector<merkle::digest> all(3 * node_cache::size);
    node_cache cache;
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = random_digest(random);
        CHECK_FALSE(cache.find(all[i]));
        const auto id = static_cast<std::int64_t>(i) + 1;
        cache.remember(all[i], {id, id / 2, id % 7});
    }
    for (std::size_t i = all.size() - 2000; i < all.size(); ++i) {
        const auto found = cache.find(all[i]);
        REQUIRE(found);
        const auto id = static_cast<std::int64_t>(i) + 1;
        CHECK((found->id == id && found->root == id / 2 && found->depth == id % 7));
    }
    const auto kept =
        std::ranges::count_if(all, [&](const auto& hash) { return cache.find(hash).has_value(); });
    CHECK(kept <= static_cast<std::ptrdiff_t>(node_cache::size));
    CHECK(kept > static_cast<std::ptrdiff_t>(node_cache::size) * 9 / 10);
    cache.forget();
    CHECK(std::ranges::none_of(all, [&](const auto& hash) { return cache.find(hash).has_value(); }));
}

TEST_CASE("of a set the node used longest ago makes room") {
    node_cache cache;
    for (std::uint8_t i = 1; i <= 4; ++i) {
        cache.remember(one_of_a_set(i), {i, i, 0});
    }
    CHECK(cache.find(one_of_a_set(1))->id == 1);
    cache.remember(one_of_a_set(3), {33, 1, 2});
    cache.remember(one_of_a_set(5), {5, 5, 0});
    CHECK_FALSE(cache.find(one_of_a_set(2)));
    CHECK(cache.find(one_of_a_set(1))->id == 1);
    CHECK(cache.find(one_of_a_set(3))->id == 33);
    CHECK(cache.find(one_of_a_set(4))->id == 4);
    CHECK(cache.find(one_of_a_set(5))->id == 5);
}

TEST_CASE("a digest of nothing but zeros is not there before it is remembered") {
    node_cache cache;
    CHECK_FALSE(cache.find(merkle::digest{}));
    cache.remember(merkle::digest{}, {1, 1, 0});
    CHECK(cache.find(merkle::digest{})->id == 1);
}

}  // namespace tapes::store::write_node_cache_test
