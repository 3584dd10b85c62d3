#include "commands/own_prices.hpp"

#include <tapes/config/load.hpp>

#include <catch2/catch.hpp>

namespace tapes::app::own_prices_test {

using Catch::Matchers::Contains;

TEST_CASE("rows of the configuration become rows of the price table") {
    const auto rows = own_prices({{"[[prices]]\nmodel = \"mine-*\"\ninput = 0.5\noutput = 2\n", "c.toml:3"},
                                  {"[[prices]]\nmodel = \"gpt-5\"\ninput = 1\noutput = 5\n", "c.toml:9"}});
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].tiers.front().input == 500'000);
    const read::price_table table{rows};
    REQUIRE(table.find("openai", "gpt-5", "2026-01-01") != nullptr);
    CHECK(table.find("openai", "gpt-5", "2026-01-01")->tiers.front().output == 5'000'000);
}

TEST_CASE("a wrong row of the configuration is named with its place in the file") {
    try {
        own_prices({{"[[prices]]\nmodel = \"mine\"\ninput = 1\n", "c.toml:3"}});
        FAIL("a row without output was taken");
    } catch (const config::error& wrong) {
        CHECK(std::string{wrong.what()} == "c.toml:3: [[prices]]: row 1 (mine): has no output");
    }
}

}  // namespace tapes::app::own_prices_test
