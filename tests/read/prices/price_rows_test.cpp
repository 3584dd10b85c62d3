#include "prices/decimal_price.hpp"

#include <tapes/read/prices.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::read::price_rows_test {

using Catch::Matchers::Contains;

namespace {

std::string failure(const std::string& toml) {
    try {
        read_price_rows(toml);
    } catch (const std::runtime_error& wrong) {
        return wrong.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a price is read exactly, or not at all") {
    struct row {
        const char* written;
        std::optional<picodollars> price;
    };
    for (const auto& [written, price] : {
             row{"3", 3'000'000},
             row{"0.075", 75'000},
             row{"18.75", 18'750'000},
             row{"0.000001", 1},
             row{"0", 0},
             row{"0.0", 0},
             row{"3.00000000", 3'000'000},
             row{"1000000", 1'000'000'000'000},
             row{"1000000.000001", {}},
             row{"0.0000001", {}},
             row{"-1", {}},
             row{"1e3", {}},
             row{"1.", {}},
             row{".5", {}},
             row{"", {}},
             row{"inf", {}},
             row{"99999999999999999999999999", {}},
             row{"1.2.3", {}},
         }) {
        CAPTURE(written);
        CHECK(price_of_token(written) == price);
    }
}

TEST_CASE("a row has a price for each figure, told or following from the others") {
    const auto rows = read_price_rows(R"(
[[prices]]
provider = "openai"
model = ["a", "a-*"]
since = 2026-01-31
source = "https://example.com"
input = 0.1
output = "0.3"
tiers = [{ context_above = 200_000, input = 0.7, cache_read = 0.07 },
         { context_above = 512_000, output = 9 }]
)");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].model == "a");
    CHECK(rows[1].model == "a-*");
    CHECK(rows[1].provider == "openai");
    CHECK(rows[1].since == "2026-01-31");
    CHECK(rows[1].source == "https://example.com");
    const auto& tiers = rows[1].tiers;
    REQUIRE(tiers.size() == 3);
    CHECK(tiers[0].input == 100'000);
    CHECK(tiers[0].cache_read == 100'000);
    CHECK(tiers[0].cache_write_5m == 100'000);
    CHECK(tiers[0].cache_write_1h == 100'000);
    CHECK(tiers[0].output == 300'000);
    CHECK(tiers[1].context_above == 200'000);
    CHECK(tiers[1].cache_read == 70'000);
    CHECK(tiers[1].cache_write_1h == 700'000);
    CHECK(tiers[1].output == 300'000);
    CHECK(tiers[2].input == 100'000);
    CHECK(tiers[2].output == 9'000'000);
}

TEST_CASE("what is wrong in a row is said, with what would be right") {
    const std::string good = "[[prices]]\nmodel = \"good\"\ninput = 1\noutput = 1\n";
    const std::string bad = good + "[[prices]]\nmodel = \"m\"\n";
    CHECK(failure(good) == "");
    CHECK(failure(bad + "output = 1\n") == "row 2 (m): has no input");
    CHECK_THAT(failure(bad + "input = 0.0000001\noutput = 1\n"),
               Contains("row 2 (m): input = 0.0000001") && Contains("at most six decimals"));
    CHECK_THAT(failure(bad + "input = -1\noutput = 1\n"), Contains("row 2 (m): input = -1 must be"));
    CHECK_THAT(failure(bad + "input = true\noutput = 1\n"), Contains("input = ? must be"));
    CHECK_THAT(
        failure(bad + "input = 1\noutput = 1\nprice = 1\n"),
        Contains("row 2 (m): unknown key price; there are provider, model") && Contains("cache_write_1h"));
    CHECK_THAT(failure(bad + "input = 1\noutput = 1\nsince = \"May\"\n"), Contains("2026-01-31"));
    CHECK_THAT(failure(bad + "input = 1\noutput = 1\ntiers = [{context_above = 150000}]\n"),
               Contains("row 2 (m): context_above of a tier must be one of 32000, 100000, 128000, 200000"));
    CHECK_THAT(failure(bad + "input = 1\noutput = 1\n"
                             "tiers = [{context_above = 200000}, {context_above = 128000}]\n"),
               Contains("in the order of context_above"));
    CHECK_THAT(failure(bad + "input = 1\noutput = 1\ntiers = 3\n"), Contains("list of tables"));
    CHECK_THAT(failure(good + "[[prices]]\ninput = 1\noutput = 1\n"),
               Contains("row 2: model must be the name of a model"));
    CHECK_THAT(failure("prices = 1\n"), Contains("[[prices]]"));
    CHECK_THAT(failure("[[prices]\n"), Contains("line 1"));
}

}  // namespace tapes::read::price_rows_test
