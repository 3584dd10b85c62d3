#include "fixture.hpp"

#include <catch2/catch.hpp>

namespace tapes::config::prices_test {

using namespace tapes::config;
using Catch::Matchers::Contains;

TEST_CASE("each [[prices]] is kept as it was written, with its place") {
    sandbox here;
    here.write(R"(
[log]
level = "debug"

[[prices]]
model = ["house-model", "house-model-*"]
since = 2026-02-01
input = 0.075
cache_write_1h = 3.0
output = "18.75"

[[prices.tiers]]
context_above = 200_000
input = 6

[[prices]]
model = "o \"q\""
input = 1
output = 2
)");
    REQUIRE(here.failure() == "");
    const auto all = here.load();
    CHECK(all.values.log.level == log_level::debug);
    const auto& prices = all.values.prices;
    REQUIRE(prices.size() == 2);
    CHECK_THAT(prices[0].where, Contains("config.toml:5"));
    CHECK_THAT(prices[1].where, Contains("config.toml:16"));
    CHECK_THAT(prices[0].toml, Contains(R"("input" = 0.075)") && Contains(R"("output" = "18.75")") &&
                                   Contains(R"("since" = "2026-02-01")") &&
                                   Contains(R"("tiers" = [{"context_above" = 200000, "input" = 6}, ])") &&
                                   Contains(R"("model" = ["house-model", "house-model-*", ])") &&
                                   Contains(R"("cache_write_1h" = 3.0)"));
    CHECK(prices[1].toml.find("house") == std::string::npos);
    CHECK_THAT(prices[1].toml, Contains(R"("o \"q\"")"));
}

TEST_CASE("a file with rows of prices is changed as any other") {
    sandbox here;
    here.write("[[prices]]\nmodel = \"m\"\ninput = 0.1\noutput = 1\n");
    set_in_file(here.in.config_dir, "log.level", "warn");
    const auto all = here.load();
    CHECK(all.values.log.level == log_level::warn);
    CHECK(all.values.prices.size() == 1);
}

TEST_CASE("prices that are no tables are refused with their line") {
    sandbox here;
    here.write("prices = [1, 2]\n");
    CHECK_THAT(here.failure(), Contains("line 1") && Contains("[[prices]]"));
    here.write("[prices]\nmodel = \"m\"\n");
    CHECK_THAT(here.failure(), Contains("[[prices]]"));
    here.write("[[prices]]\nsince = 12:00:00\n");
    CHECK_THAT(here.failure(), Contains("line 2") && Contains("a day such as 2026-01-31"));
}

}  // namespace tapes::config::prices_test
