#include "commands/moments.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdint>

namespace tapes::app::moments_test {
namespace {

/// The wall clock, in microseconds since 1970.
std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

TEST_CASE("a time is a date in UTC, with or without the hour, or an age") {
    CHECK(read_moment("1970-01-02") == 86'400'000'000);
    CHECK(read_moment("1970-01-01T00:00:01Z") == 1'000'000);
    CHECK(read_moment("1970-01-01 00:01:00") == 60'000'000);
    const auto before = now();
    const auto age = read_moment("90m").value();
    CHECK(age >= before - 5'400'000'000);
    CHECK(age <= now() - 5'400'000'000);
    for (const auto* const text : {"", "now", "2026-13-01", "2026-01-31T25:00:00Z", "5", "5w", "-5m"}) {
        CHECK_FALSE(read_moment(text));
    }
    CHECK(shown_moment(86'400'000'000 + 1'999'999) == "1970-01-02T00:00:01Z");
}

}  // namespace tapes::app::moments_test
