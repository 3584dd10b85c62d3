#include "read/told_store.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/read/latency.hpp>
#include <tapes/read/prices.hpp>
#include <tapes/read/sources.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::read::latency_test {

namespace {

using namespace test;

/// The answer came from 500 ms to `last_ms` behind the request's head.
turn_options answered(std::int64_t last_ms, std::string model = "gpt-4o") {
    turn_options made;
    made.model = std::move(model);
    made.first_byte_ms = 500;
    made.last_byte_ms = last_ms;
    made.streamed = true;
    made.used.completion_tokens = 11;
    return made;
}

void tell(told_store& store, const turn_options& options) {
    static int number = 0;
    store.tell({said("user", "question " + std::to_string(++number))}, said("assistant", "answer"), options);
}

const latency_column* column(std::string_view name) {
    for (const auto& one : latency_columns) {
        if (one.name == name) {
            return &one;
        }
    }
    return nullptr;
}

}  // namespace

TEST_CASE("percentiles are those of the nearest rank") {
    told_store store;
    for (int number = 1; number <= 100; ++number) {
        tell(store, answered(500 + 10 * number));
    }
    const price_table prices;
    sources from{store.path(), "", prices};
    const auto found = latency_by(from, {}, {});
    CHECK(found.complete);
    CHECK(found.looked_at == 100);
    CHECK(found.total.whole.count == 100);
    CHECK(found.total.whole.p50_ms == Approx(1000));
    CHECK(found.total.whole.p90_ms == Approx(1400));
    CHECK(found.total.whole.p99_ms == Approx(1490));
    CHECK(found.total.first_byte.p99_ms == Approx(500));
    // Ten tokens came behind the first.
    CHECK(found.total.token.p50_ms == Approx(50));
}

TEST_CASE("what was refused, broken off or dropped says nothing of how long answers take") {
    told_store store;
    tell(store, answered(1000));
    auto cut = answered(9000);
    cut.ended = capture::end_reason::client_closed;
    tell(store, cut);
    auto refused = answered(9000);
    refused.dropped = capture::drop_reason::upstream_status;
    refused.status = 429;
    tell(store, refused);
    const price_table prices;
    sources from{store.path(), "", prices};
    const auto found = latency_by(from, {}, {});
    CHECK(found.looked_at == 3);
    CHECK(found.total.whole.count == 1);
}

TEST_CASE("an answer in one piece, or of one token, has no time between tokens") {
    told_store store;
    auto whole = answered(1000);
    whole.streamed = false;
    tell(store, whole);
    auto short_one = answered(1000);
    short_one.used.completion_tokens = 1;
    tell(store, short_one);
    const price_table prices;
    sources from{store.path(), "", prices};
    const auto found = latency_by(from, {}, {});
    CHECK(found.total.first_byte.count == 2);
    CHECK(found.total.token.count == 0);
}

TEST_CASE("rows are apart by the columns that were asked for, and chosen by filters and times") {
    told_store store;
    for (int day = 0; day < 3; ++day) {
        auto one = answered(1000, "model-a");
        auto other = answered(2000, "model-b");
        one.day = other.day = day;
        tell(store, one);
        tell(store, other);
    }
    const price_table prices;
    sources from{store.path(), "", prices};
    const auto by = latency_by(from, {column("day"), column("model")}, {});
    REQUIRE(by.rows.size() == 6);
    CHECK(by.rows[0].key ==
          std::vector<std::pair<std::string, std::string>>{{"day", "2025-06-30"}, {"model", "model-a"}});
    CHECK(by.rows[1].whole.p50_ms == Approx(2000));

    latency_choice choice;
    choice.model = "model-b";
    CHECK(latency_by(from, {}, choice).total.whole.count == 3);
    constexpr std::int64_t second_day_us = 1'751'328'000'000'000;
    constexpr std::int64_t day_us = 86'400'000'000;
    choice.since_us = second_day_us;
    choice.until_us = second_day_us + day_us;
    const auto second = latency_by(from, {column("day")}, choice);
    REQUIRE(second.rows.size() == 1);
    CHECK(second.rows[0].key[0].second == "2025-07-01");
    CHECK(second.complete);
}

TEST_CASE("no more exchanges are looked at than is allowed, the newest ones") {
    told_store store;
    for (int number = 0; number < 8; ++number) {
        auto one = answered(1000 + number);
        one.day = number;
        tell(store, one);
    }
    const price_table prices;
    sources from{store.path(), "", prices};
    latency_choice choice;
    choice.looked_at = 3;
    const auto found = latency_by(from, {}, choice);
    CHECK(found.looked_at == 3);
    CHECK(!found.complete);
    CHECK(found.total.whole.count == 3);
    CHECK(found.total.whole.p99_ms == Approx(1007));
    choice.since_us = found.oldest_seen_us;
    CHECK(latency_by(from, {}, choice).total.whole.count == 3);
}

TEST_CASE("what was brought, or told by a clock that was set, is found in its own time") {
    constexpr std::int64_t hour_s = 3600;
    constexpr std::int64_t year_s = 365 * 24 * hour_s;
    // Of 2020, of four years later, and around the first moment.
    const std::vector<std::int64_t> told{0, -5 * year_s, hour_s, 4 * year_s, 2 * hour_s, -hour_s};
    constexpr std::int64_t base_s = 1'751'284'800;
    struct row {
        std::int64_t since_s, until_s;
        std::uint64_t count;
    };
    const auto chosen = GENERATE_REF(values<row>({{-2 * hour_s, 12 * hour_s, 4},
                                                  {hour_s / 2, hour_s + 1, 1},
                                                  {-6 * year_s, -4 * year_s, 1},
                                                  {3 * year_s, 5 * year_s, 1},
                                                  {2 * hour_s + 1, 3 * hour_s, 0}}));
    const bool has_catalogue = GENERATE(true, false);
    told_store store;
    for (const auto at : told) {
        auto one = answered(1000);
        one.at_s = at;
        tell(store, one);
    }
    if (has_catalogue) {
        catalogue::catch_up({store.path()}, [](const catalogue::progress&) { return true; });
    }
    const price_table prices;
    sources from{store.path(), has_catalogue ? catalogue::path_of(store.path()) : "", prices};
    latency_choice choice;
    choice.since_us = (base_s + chosen.since_s) * 1'000'000;
    choice.until_us = (base_s + chosen.until_s) * 1'000'000;
    const auto found = latency_by(from, {}, choice);
    CAPTURE(chosen.since_s, chosen.until_s, has_catalogue);
    CHECK(found.total.whole.count == chosen.count);
    CHECK(found.complete);
    choice.looked_at = 1;
    const auto cut = latency_by(from, {}, choice);
    CHECK(cut.looked_at == 1);
    CHECK(!cut.complete);
}

TEST_CASE("what stands behind the catalogue, or before a time far back, is looked at with the rest") {
    told_store store;
    auto first = answered(1000);
    first.at_s = 0;
    tell(store, first);
    catalogue::catch_up({store.path()}, [](const catalogue::progress&) { return true; });
    auto late = answered(2000);
    late.at_s = 1;
    tell(store, late);
    const price_table prices;
    sources from{store.path(), catalogue::path_of(store.path()), prices};
    latency_choice choice;
    CHECK(latency_by(from, {}, choice).total.whole.count == 2);
    choice.until_us = std::int64_t{1'751'284'800} * 1'000'000;
    const auto found = latency_by(from, {}, choice);
    CHECK(found.total.whole.count == 0);
    CHECK(found.looked_at == 1);  // the one that the catalogue does not tell of
    CHECK(found.complete);
}

TEST_CASE("a store in which nothing was recorded has no times") {
    const told_store store;
    const price_table prices;
    sources from{store.path(), "", prices};
    const auto found = latency_by(from, {column("model")}, {});
    CHECK(found.complete);
    CHECK(found.looked_at == 0);
    CHECK(found.rows.empty());
    CHECK(found.total.whole.count == 0);
}

}  // namespace tapes::read::latency_test
