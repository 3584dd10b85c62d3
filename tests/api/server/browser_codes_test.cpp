#include "server/browser_codes.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::api::browser_codes_test {

using namespace std::chrono_literals;
using outcome = browser_codes::outcome;

namespace {

const browser_codes::clock::time_point start{1h};

}  // namespace

TEST_CASE("a code is 128 bits, good once, and for thirty seconds") {
    browser_codes codes;
    const auto first = codes.make(start);
    const auto second = codes.make(start);
    CHECK(first.size() == 32);
    CHECK(first != second);
    CHECK(codes.take(first, start + 29s) == outcome::good);
    CHECK(codes.take(first, start + 29s) == outcome::unknown);
    CHECK(codes.take(second, start + 30s) == outcome::unknown);
    CHECK(codes.take("", start) == outcome::unknown);
}

TEST_CASE("sixteen codes are good at a time") {
    browser_codes codes;
    std::vector<std::string> made;
    for (int i = 0; i < 17; ++i) {
        made.push_back(codes.make(start));
    }
    CHECK(codes.take(made.front(), start) == outcome::unknown);
    for (std::size_t i = 1; i < made.size(); ++i) {
        CHECK(codes.take(made[i], start) == outcome::good);
    }
}

TEST_CASE("after many wrong codes none is taken for a while") {
    browser_codes codes;
    const auto good = codes.make(start + 10s);
    for (int i = 0; i < 32; ++i) {
        CHECK(codes.take(std::string(32, 'x'), start) == outcome::unknown);
    }
    CHECK(codes.take(good, start + 29s) == outcome::too_many);
    CHECK(codes.take(good, start + 30s) == outcome::good);
}

}  // namespace tapes::api::browser_codes_test
