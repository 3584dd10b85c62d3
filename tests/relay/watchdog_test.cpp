#include "watchdog.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace tapes::relay::watchdog_test {

namespace {

using namespace std::chrono_literals;

struct counted final : watchdog::watched {
    explicit counted(watchdog& home) : watched{home} {}
    ~counted() = default;
    void expired() override {
        ++expiries;
        if (rearms) {
            set_deadline(0ms);
        }
    }
    void drain() override { ++drains; }
    void cut() override {}
    int expiries = 0;
    int drains = 0;
    bool rearms = false;
};

constexpr steady_time start{1h};

}  // namespace

TEST_CASE("a deadline that passes is told once") {
    watchdog clock{start};
    counted one{clock};
    one.set_deadline(1ms);
    clock.look(start + watchdog::interval + 1ms);
    CHECK(one.expiries == 1);
    clock.look(start + 1h);
    clock.look(start + 2h);
    CHECK(one.expiries == 1);
}

TEST_CASE("a deadline never passes early, however long ago the clock was looked at") {
    watchdog clock{start};
    counted one{clock};
    const auto set_at = start + watchdog::interval;  // the clock's time is as old as can be
    one.set_deadline(20ms);
    clock.look(set_at);
    clock.look(set_at + 20ms - 1us);
    CHECK(one.expiries == 0);
    clock.look(set_at + 20ms);
    CHECK(one.expiries == 1);
}

TEST_CASE("a deadline that is cleared or lies ahead is not told") {
    watchdog clock{start};
    counted none{clock};
    counted cleared{clock};
    counted later{clock};
    cleared.set_deadline(0ms);
    cleared.clear_deadline();
    later.set_deadline(1h);
    clock.look(start + 59min);
    CHECK(none.expiries + cleared.expiries + later.expiries == 0);
}

TEST_CASE("one that sets its deadline again as it expires is told again") {
    watchdog clock{start};
    counted one{clock};
    one.rearms = true;
    one.set_deadline(0ms);
    for (int i = 1; i <= 3; ++i) {
        clock.look(start + i * watchdog::interval);
        CHECK(one.expiries == i);
    }
}

TEST_CASE("a deadline that is put off by whoever may do so is told when nobody does any more") {
    struct generous final : watchdog::watched::extension {
        explicit generous(watchdog::watched& owner) : extension{owner} {}
        std::chrono::milliseconds extra() noexcept override { return std::exchange(next, 0ms); }
        std::chrono::milliseconds next{0};
    };
    watchdog clock{start};
    counted one{clock};
    auto first = std::make_unique<generous>(one);
    generous second{one};
    second.next = 50ms;
    one.set_deadline(1ms);
    clock.look(start + 60ms);
    CHECK(one.expiries == 0);
    clock.look(start + 60ms + watchdog::interval + 49ms);
    CHECK(one.expiries == 0);
    first->next = 1ms;
    clock.look(start + 200ms);
    CHECK(one.expiries == 0);
    first->next = 1h;
    first.reset();  // who is gone puts nothing off
    clock.look(start + 300ms);
    CHECK(one.expiries == 1);
}

TEST_CASE("the watched may end in any order") {
    watchdog clock{start};
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

}  // namespace tapes::relay::watchdog_test
