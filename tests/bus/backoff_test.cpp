#include <tapes/bus/backoff.hpp>

#include <catch2/catch.hpp>

namespace tapes::bus::backoff_test {

using namespace std::chrono_literals;

TEST_CASE("delays double up to the cap, each within a fifth of it") {
    backoff delays{100ms, 1s};
    for (const auto middle : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
        const auto delay = delays.next();
        CHECK(delay >= middle * 4 / 5);
        CHECK(delay <= middle * 6 / 5);
    }
    delays.reset();
    CHECK(delays.next() <= 120ms);
    CHECK(delays.after(1) <= 120ms);
    CHECK(delays.after(1'000'000) >= 800ms);
}

}  // namespace tapes::bus::backoff_test
