#include <tapes/read/prices.hpp>

#include <catch2/catch.hpp>

#include <limits>

namespace tapes::read::prices_test {

namespace {

constexpr picodollars million = 1'000'000;

picodollars input_price(const price_table& table, const char* provider, const char* model,
                        const char* day = "2026-11-29") {
    const auto* row = table.find(provider, model, day);
    return row == nullptr ? -1 : row->tiers.front().input;
}

catalogue::usage_sum sum_of(const char* provider, const char* model, const catalogue::token_sums& tokens,
                            std::int64_t above = 0) {
    catalogue::usage_sum sum;
    sum.key.day = "2026-11-29";
    sum.key.provider = provider;
    sum.key.model = model;
    sum.key.context_above = above;
    sum.tokens = tokens;
    sum.turns = 1;
    return sum;
}

}  // namespace

TEST_CASE("the built-in table has the prices that their makers publish") {
    struct row {
        const char* provider;
        const char* model;
        double input, cache_read, cache_write_5m, cache_write_1h, output;
    };
    const price_table table;
    for (const auto& wanted : {
             row{"anthropic", "claude-opus-4-5-20251101", 5, 0.5, 6.25, 10, 25},
             row{"anthropic", "claude-opus-4-1-20250805", 15, 1.5, 18.75, 30, 75},
             row{"anthropic", "claude-opus-4-20250514", 15, 1.5, 18.75, 30, 75},
             row{"anthropic", "claude-sonnet-4-5-20250929", 3, 0.3, 3.75, 6, 15},
             row{"anthropic", "claude-sonnet-4-20250514", 3, 0.3, 3.75, 6, 15},
             row{"anthropic", "claude-3-7-sonnet-20250219", 3, 0.3, 3.75, 6, 15},
             row{"anthropic", "claude-haiku-4-5", 1, 0.1, 1.25, 2, 5},
             row{"anthropic", "claude-3-haiku-20240307", 0.25, 0.03, 0.3, 0.5, 1.25},
             row{"anthropic", "claude-haiku-5-5", 0.1, 0.01, 0.125, 0.2, 0.5},
             row{"anthropic", "claude-opus-5-5", 4, 0.2, 5, 8, 20},
             row{"anthropic", "claude-opus-5", 5, 0.5, 6.25, 10, 25},
             row{"anthropic", "claude-fable-5-1", 10, 0.25, 12.5, 20, 50},
             row{"openai", "gpt-4o", 2.5, 1.25, 2.5, 2.5, 10},
             row{"openai", "gpt-4o-2024-05-13", 5, 5, 5, 5, 15},
             row{"openai", "gpt-4o-mini-2024-07-18", 0.15, 0.075, 0.15, 0.15, 0.6},
             row{"openai", "gpt-4.1-nano", 0.1, 0.025, 0.1, 0.1, 0.4},
             row{"openai", "gpt-5-2025-08-07", 1.25, 0.125, 1.25, 1.25, 10},
             row{"openai", "gpt-5-mini", 0.25, 0.025, 0.25, 0.25, 2},
             row{"openai", "gpt-5.1-codex", 1.25, 0.125, 1.25, 1.25, 10},
             row{"openai", "gpt-5.3-codex", 1.75, 0.175, 1.75, 1.75, 14},
             row{"openai", "gpt-6.2-sol", 2, 0.1, 2.5, 2.5, 10},
             row{"openai", "o4-mini", 1.1, 0.275, 1.1, 1.1, 4.4},
             row{"openai", "anthropic/claude-sonnet-4.5", 3, 0.3, 3.75, 6, 15},
             row{"anthropic", "us.anthropic.claude-opus-4-6-v1", 5, 0.5, 6.25, 10, 25},
         }) {
        CAPTURE(wanted.model);
        const auto* found = table.find(wanted.provider, wanted.model, "2026-11-29");
        REQUIRE(found != nullptr);
        const auto& tier = found->tiers.front();
        CHECK(tier.input == static_cast<picodollars>(wanted.input * million));
        CHECK(tier.cache_read == static_cast<picodollars>(wanted.cache_read * million));
        CHECK(tier.cache_write_5m == static_cast<picodollars>(wanted.cache_write_5m * million));
        CHECK(tier.cache_write_1h == static_cast<picodollars>(wanted.cache_write_1h * million));
        CHECK(tier.output == static_cast<picodollars>(wanted.output * million));
        CHECK(found->source.starts_with("https://"));
    }
    CHECK(table.dated() == "2026-11-29");
}

TEST_CASE("models on a machine of one's own, fine-tuned and unknown ones have no price") {
    const price_table table;
    CHECK(input_price(table, "ollama", "llama3.2") == -1);
    CHECK(input_price(table, "ollama", "gpt-4o") == -1);
    CHECK(input_price(table, "openai", "ft:gpt-4o-2024-08-06:org::id") == -1);
    CHECK(input_price(table, "openai", "gpt-oss-120b") == -1);
    CHECK(input_price(table, "openai", "") == -1);
    const price_table own{
        read_price_rows("[[prices]]\nprovider = \"ollama\"\nmodel = \"*\"\n"
                        "input = 1\noutput = 1\n")};
    CHECK(input_price(own, "ollama", "llama3.2") == million);
    CHECK(input_price(own, "openai", "llama3.2") == -1);
}

TEST_CASE("the price that holds is the newest that is not after the day") {
    const price_table table;
    CHECK(input_price(table, "openai", "o3", "2025-04-15") == -1);
    CHECK(input_price(table, "openai", "o3", "2025-04-16") == 10 * million);
    CHECK(input_price(table, "openai", "o3", "2025-06-09") == 10 * million);
    CHECK(input_price(table, "openai", "o3", "2025-06-10") == 2 * million);
    CHECK(input_price(table, "openai", "gpt-5.6-sol", "2026-08-20") == 5 * million);
    CHECK(input_price(table, "openai", "gpt-5.6-sol", "2026-08-21") == 4 * million);
    CHECK(table.find("anthropic", "claude-opus-4-6", "2026-03-12")->tiers.size() == 2);
    CHECK(table.find("anthropic", "claude-opus-4-6", "2026-03-13")->tiers.size() == 1);
}

TEST_CASE("an own row stands before the built-in one, and a whole name before a pattern") {
    const price_table table{read_price_rows(R"(
[[prices]]
model = "gpt-5*"
input = 7
output = 7
[[prices]]
model = "gpt-5-mini"
input = 8
output = 8
[[prices]]
model = "gpt-5-mini"
since = "2026-06-01"
input = 9
output = 9
[[prices]]
provider = "anthropic"
model = "claude-opus-4-5"
input = 1
output = 1
)")};
    CHECK(input_price(table, "openai", "gpt-5") == 7 * million);
    CHECK(input_price(table, "openai", "gpt-5-mini", "2026-05-31") == 8 * million);
    CHECK(input_price(table, "openai", "gpt-5-mini", "2026-06-01") == 9 * million);
    CHECK(input_price(table, "openai", "gpt-4o") == 2'500'000);
    CHECK(input_price(table, "anthropic", "anthropic/claude-opus-4.5") == million);
    CHECK(input_price(table, "openai", "claude-opus-4-5") == 5 * million);
}

// langfuse#12306, litellm#11364: cached tokens were counted as input, too.
TEST_CASE("each token is paid for once") {
    const price_table table;
    const catalogue::token_sums tokens{.input = 1000,
                                       .cache_read = 10'000,
                                       .cache_write = 100,
                                       .cache_write_5m = 200,
                                       .cache_write_1h = 300,
                                       .output = 50,
                                       .reasoning = 40};
    const auto all = table.price(sum_of("anthropic", "claude-sonnet-4-5", tokens));
    CHECK(all.input == 1000 * 3 * million);
    CHECK(all.cache_read == 10'000 * 300'000LL);
    CHECK(all.cache_write == 300 * 3'750'000LL + 300 * 6 * million);
    CHECK(all.output == 50 * 15 * million);
    CHECK(all.total() == all.input + all.cache_read + all.cache_write + all.output);
    CHECK(all.priced == 1);
    CHECK_FALSE(all.partial());
}

TEST_CASE("above a context size the whole request has the tier's prices") {
    const price_table table;
    struct row {
        const char* model;
        std::int64_t above;
        double input, output;
    };
    for (const auto& [model, above, input, output] : {
             row{"claude-sonnet-4-5", 0, 3, 15},
             row{"claude-sonnet-4-5", 128'000, 3, 15},
             row{"claude-sonnet-4-5", 200'000, 6, 22.5},
             row{"claude-sonnet-4-5", 512'000, 6, 22.5},
             row{"claude-haiku-5-5", 32'000, 0.1, 0.5},
             row{"claude-haiku-5-5", 100'000, 0.5, 2.5},
             row{"gpt-5.4", 256'000, 2.5, 15},
             row{"gpt-5.4", 272'000, 5, 22.5},
         }) {
        CAPTURE(model, above);
        const auto priced = table.price(sum_of("x", model, {.input = 10, .output = 10}, above));
        CHECK(priced.input == static_cast<picodollars>(input * million) * 10);
        CHECK(priced.output == static_cast<picodollars>(output * million) * 10);
    }
}

TEST_CASE("the model that answered is looked up before the one that was asked for") {
    const price_table table;
    auto sum = sum_of("openai", "gpt-5", {.input = 1});
    sum.key.response_model = "gpt-5-nano-2025-08-07";
    CHECK(table.price(sum).input == 50'000);
    sum.key.response_model = "my-deployment";
    CHECK(table.price(sum).input == 1'250'000);
}

TEST_CASE("turns without a price, or without usage, make a sum partial") {
    const price_table table;
    auto sum = sum_of("openai", "nobody-knows", {.input = 1000, .output = 10});
    sum.turns = 3;
    auto all = table.price(sum);
    CHECK(all == cost{.unpriced = 3});
    auto known = sum_of("openai", "gpt-5", {.input = 8});
    known.turns = 5;
    known.without_usage = 2;
    all += table.price(known);
    CHECK(all.partial());
    CHECK(all.unpriced == 5);
    CHECK(all.priced == 3);
    CHECK(all.total() == 10 * million);
}

TEST_CASE("figures that no provider can mean make no cost that runs over") {
    const price_table table;
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    auto all = table.price(sum_of("openai", "gpt-5", {.input = most, .cache_read = -5, .output = most}));
    CHECK(all.input == most);
    CHECK(all.cache_read == 0);
    CHECK(all.total() == most);
    all += all;
    CHECK(all.total() == most);
}

}  // namespace tapes::read::prices_test
