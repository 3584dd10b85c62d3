#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <vector>

namespace tapes::text::work_meter_test {

TEST_CASE("work is counted on the meter of the thread, the innermost of several") {
    count_work(7);  // on none
    work_meter outer;
    const metered first{outer};
    count_work(2);
    {
        work_meter inner;
        const metered second{inner};
        count_work(3);
        CHECK(inner.steps() == 3);
    }
    count_work(1);
    CHECK(outer.steps() == 3);
}

TEST_CASE("a meter asks once in an interval") {
    std::vector<std::uint64_t> asked;
    work_meter meter{10, [&](std::uint64_t steps) {
                         asked.push_back(steps);
                         return true;
                     }};
    const metered here{meter};
    for (int i = 0; i < 12; ++i) {
        count_work(4);
    }
    CHECK(asked == std::vector<std::uint64_t>{12, 24, 36, 48});
    CHECK_FALSE(meter.is_stopped());
}

TEST_CASE("once stopped, work stays stopped") {
    int asked = 0;
    work_meter meter{10, [&](std::uint64_t) {
                         ++asked;
                         return false;
                     }};
    const metered here{meter};
    count_work(9);
    CHECK_THROWS_AS(count_work(1), work_stopped);
    CHECK_THROWS_AS(count_work(1), work_stopped);
    CHECK(asked == 1);
    CHECK(meter.is_stopped());
}

TEST_CASE("a question that throws ends the work, too") {
    work_meter meter{1, [](std::uint64_t) -> bool { throw std::runtime_error{"no answer"}; }};
    const metered here{meter};
    CHECK_THROWS_AS(count_work(1), std::runtime_error);
    CHECK_THROWS_AS(count_work(1), work_stopped);
}

}  // namespace tapes::text::work_meter_test
