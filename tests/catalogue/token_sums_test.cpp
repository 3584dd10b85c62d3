#include <tapes/catalogue/token_sums.hpp>

#include <catch2/catch.hpp>

namespace tapes::catalogue::token_sums_test {

namespace {

merkle::usage usage_of(std::int64_t prompt, std::int64_t completion, std::int64_t total) {
    merkle::usage made;
    made.prompt_tokens = prompt;
    made.completion_tokens = completion;
    made.total_tokens = total;
    return made;
}

}  // namespace

TEST_CASE("an exchange whose provider told no tokens has no sums") {
    CHECK_FALSE(tokens_of({}));
    merkle::usage total;
    total.total_tokens = 7;
    CHECK_FALSE(tokens_of(total));
}

TEST_CASE("cached tokens are taken out of the prompt that counts them") {
    auto told = usage_of(1000, 50, 1050);
    told.cache_read_input_tokens = 600;
    told.cache_creation_input_tokens = 300;
    CHECK(tokens_of(told) == token_sums{100, 600, 300, 0, 0, 50, 0});
    told.cache_write_5m_tokens = 100;
    told.cache_write_1h_tokens = 200;
    CHECK(tokens_of(told) == token_sums{100, 600, 0, 100, 200, 50, 0});
    CHECK(tokens_of(told)->context() == 1000);
}

TEST_CASE("writes of which only the lifetimes were told are counted once") {
    auto told = usage_of(1000, 50, 1050);
    told.cache_write_5m_tokens = 400;
    CHECK(tokens_of(told) == token_sums{600, 0, 0, 400, 0, 50, 0});
}

TEST_CASE("a prompt smaller than its cached part is beside it") {
    auto told = usage_of(10, 50, 60);
    told.cache_read_input_tokens = 600;
    CHECK(tokens_of(told) == token_sums{10, 600, 0, 0, 0, 50, 0});
}

TEST_CASE("reasoning is a part of the output, also where it was counted beside it") {
    auto told = usage_of(10, 50, 60);
    told.reasoning_tokens = 30;
    CHECK(tokens_of(told) == token_sums{10, 0, 0, 0, 0, 50, 30});
    told.total_tokens = 90;
    CHECK(tokens_of(told) == token_sums{10, 0, 0, 0, 0, 80, 30});
}

TEST_CASE("figures that no count can have do no harm") {
    auto told = usage_of(-5, INT64_MAX, INT64_MIN);
    told.cache_read_input_tokens = INT64_MAX;
    told.cache_creation_input_tokens = INT64_MAX;
    told.reasoning_tokens = INT64_MAX;
    const auto sums = tokens_of(told);
    REQUIRE(sums);
    CHECK(sums->input == 0);
    CHECK(sums->output > 0);
}

}  // namespace tapes::catalogue::token_sums_test
