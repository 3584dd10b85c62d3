#include "watchdog.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <thread>

namespace tapes::relay::watchdog_test {

namespace tapes::relay {

namespace {

using namespace std::chrono_literals;

struct counted final : watchdog::watched {
    explicit counted(watchdog& home) : watched{home} {}
    ~counted() = default;
    void expired() override {
        ++expiries;
        if (again) {
            set_deadline(0ms);
        }
    }
    void drain() override { ++drains; }
    void cut() override {}
    int expiries = 0;
    int drains = 0;
    bool again = false;
};

void look_until(watchdog& clock, const int& count, int wanted) {
    const auto bound = std::chrono::steady_clock::now() + 10s;
    while (count < wanted && std::chrono::steady_clock::now() < bound) {
        clock.look();
        std::this_thread::yield();
    }
}

}  // namespace

TEST_CASE("a deadline that passes is told once") {
    watchdog clock;
    counted one{clock};
    one.set_deadline(1ms);
    look_until(clock, one.expiries, 1);
    CHECK(one.expiries == 1);
    clock.look();
    clock.look();
    CHECK(one.expiries == 1);
}

TEST_CASE("a deadline never passes early, however long ago the clock was looked at") {
    watchdog clock;
    counted one{clock};
    std::this_thread::sleep_for(30ms);  // the clock's time is old now
    const auto set_at = std::chrono::steady_clock::now();
    one.set_deadline(20ms);
    look_until(clock, one.expiries, 1);
    CHECK(std::chrono::steady_clock::now() - set_at >= 20ms);
}

TEST_CASE("a deadline that is cleared or lies ahead is not told") {
    watchdog clock;
    counted none{clock};
    counted cleared{clock};
    counted later{clock};
    cleared.set_deadline(0ms);
    cleared.clear_deadline();
    later.set_deadline(1h);
    clock.look();
    CHECK(none.expiries + cleared.expiries + later.expiries == 0);
}

TEST_CASE("one that sets its deadline again as it expires is told again") {
    watchdog clock;
    counted one{clock};
    one.again = true;
    one.set_deadline(0ms);
    look_until(clock, one.expiries, 3);
    CHECK(one.expiries >= 3);
}

TEST_CASE("the watched may end in any order") {
    watchdog clock;
    auto first = std::make_unique<counted>(clock);
    auto second = std::make_unique<counted>(clock);
    auto third = std::make_unique<counted>(clock);
    const auto drain_all = [&] { clock.for_each([](watchdog::watched& one) { one.drain(); }); };
    drain_all();
    second.reset();
    drain_all();
    CHECK((first->drains == 2 && third->drains == 2));
    third.reset();
    drain_all();
    CHECK(first->drains == 3);
    const counted fourth{clock};
    first.reset();
    drain_all();
    CHECK(fourth.drains == 1);
}

}  // namespace tapes::relay

}  // namespace tapes::relay::watchdog_test
