#include <tapes/read/cost.hpp>

#include <catch2/catch.hpp>

namespace tapes::read::cost_test {

TEST_CASE("the cost of two sums is partial where either is") {
    cost first{.input = 1, .cache_read = 2, .cache_write = 3, .output = 4, .unpriced = 0, .priced = 1};
    CHECK(first.total() == 10);
    CHECK_FALSE(first.partial());
    first += cost{.input = 10, .cache_read = 0, .cache_write = 0, .output = 1, .unpriced = 2, .priced = 1};
    CHECK(first ==
          cost{.input = 11, .cache_read = 2, .cache_write = 3, .output = 5, .unpriced = 2, .priced = 2});
    CHECK(first.partial());
}

}  // namespace tapes::read::cost_test
