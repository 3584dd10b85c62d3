#include <tapes/read/usage.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::read::usage_order_test {

namespace {

usage sum_of(std::string model, std::int64_t output, picodollars price, std::uint64_t priced,
             std::uint64_t turns, std::uint64_t errors) {
    usage made;
    made.sum.key.model = std::move(model);
    made.sum.tokens.output = output;
    made.sum.turns = turns;
    made.sum.errors = errors;
    made.sum.dropped = turns + errors;
    made.price.output = price;
    made.price.priced = priced;
    return made;
}

std::string ordered(usage_order by, std::size_t most = 10) {
    std::vector<usage> sums{sum_of("a", 10, 5, 1, 3, 0), sum_of("b", 90, 0, 0, 1, 2),
                            sum_of("c", 20, 7, 1, 2, 1), sum_of("d", 30, 5, 1, 2, 0)};
    order_usage(sums, by, most);
    std::string names;
    for (const auto& one : sums) {
        names += one.sum.key.model;
    }
    return names;
}

}  // namespace

TEST_CASE("sums stand in the order that is asked for, the largest first") {
    CHECK(ordered(usage_order::key) == "abcd");
    CHECK(ordered(usage_order::key, 2) == "ab");
    // What has no price is last, whatever it used; of what is equal that with more tokens is first.
    CHECK(ordered(usage_order::cost) == "cdab");
    CHECK(ordered(usage_order::cost, 3) == "cda");
    CHECK(ordered(usage_order::tokens) == "bdca");
    CHECK(ordered(usage_order::turns) == "adcb");
    CHECK(ordered(usage_order::errors) == "bcda");
    CHECK(ordered(usage_order::dropped) == "bcad");
    CHECK(ordered(usage_order::tokens, 0).empty());
}

}  // namespace tapes::read::usage_order_test
