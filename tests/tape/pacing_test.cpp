#include "pacing.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace tapes::tape::pacing_test {
namespace {

using std::chrono::microseconds;

std::string recorded_times() {
    capture::chunk_times times;
    times.add(1'000, 10);
    times.add(3'000, 5);
    times.add(11'000, 20);
    return times.encoded();
}

TEST_CASE("pieces come when they came, faster or slower") {
    const pacing real{recorded_times(), 35, 35, 1};
    CHECK(real.end_of_piece(0, 1000) == 10);
    CHECK(real.end_of_piece(10, 1000) == 15);
    CHECK(real.end_of_piece(15, 1000) == 35);
    CHECK(real.due(10) == microseconds{0});
    CHECK(real.due(15) == microseconds{2'000});
    CHECK(real.due(35) == microseconds{10'000});
    const pacing twice{recorded_times(), 35, 35, 2};
    CHECK(twice.due(35) == microseconds{5'000});
    CHECK(twice.scaled(500'000) == microseconds{250'000});
    const pacing half{recorded_times(), 35, 35, 0.5};
    CHECK(half.due(15) == microseconds{4'000});
}

TEST_CASE("at once nothing waits, and pieces are as large as they may be") {
    const pacing none{recorded_times(), 35, 35, 0};
    CHECK(none.end_of_piece(0, 1000) == 1000);
    CHECK(none.due(35) == microseconds{0});
    CHECK(none.scaled(500'000) == microseconds{0});
}

TEST_CASE("a body whose coding was undone is cut in proportion") {
    const pacing twice_as_long{recorded_times(), 70, 35, 1};
    CHECK(twice_as_long.end_of_piece(0, 1000) == 20);
    CHECK(twice_as_long.end_of_piece(20, 1000) == 30);
    CHECK(twice_as_long.end_of_piece(30, 1000) == 70);
    CHECK(twice_as_long.due(70) == microseconds{10'000});
}

TEST_CASE("large pieces are cut, and the rest of a piece comes with it") {
    const pacing real{recorded_times(), 35, 35, 1};
    CHECK(real.end_of_piece(15, 8) == 23);
    CHECK(real.due(23) == microseconds{10'000});
}

TEST_CASE("a body without times, or with ones that are none, comes in one go") {
    const pacing unknown{"", 100, 100, 1};
    CHECK(unknown.end_of_piece(0, 64) == 64);
    CHECK(unknown.due(100) == microseconds{0});
    const pacing broken{"\xff\xff\xff", 100, 100, 1};
    CHECK(broken.due(100) == microseconds{0});
}

}  // namespace
}  // namespace tapes::tape::pacing_test
