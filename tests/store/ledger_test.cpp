#include "support.hpp"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <utility>

namespace tapes::store::ledger_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;
using capture::drop_reason;

TEST_CASE("the stored ledger goes on over runs, while that of the process starts anew") {
    temporary_store where;
    for (int run = 1; run <= 3; ++run) {
        {
            open_store store{where};
            REQUIRE(store.commit(make_turn({"q" + std::to_string(run), "a"})));
            REQUIRE(store.commit(make_exchange(drop_reason::upstream_status)));
            CHECK(store.account.read().accepted == 2);
        }
        const auto totals = reader{where.path()}.totals();
        const auto runs = static_cast<std::uint64_t>(run);
        CHECK(totals.accepted == 2 * runs);
        CHECK(totals.recorded == runs);
        CHECK(dropped(totals, drop_reason::upstream_status) == runs);
        CHECK(totals.in_flight() == 0);
    }
}

TEST_CASE("the stored totals of a group include it") {
    temporary_store where;
    open_store store{where};
    for (std::uint64_t i = 1; i <= 20; ++i) {
        REQUIRE(store.commit(make_turn({"q" + std::to_string(i), "a"})));
        const auto totals = reader{where.path()}.totals();
        CHECK(totals.recorded == i);
        CHECK(totals.accepted == i);
    }
}

TEST_CASE("what was accepted is saved in time, also when nothing is committed") {
    temporary_store where;
    writer::settings how;
    how.cursor_interval = 5ms;
    std::promise<void> saved;
    how.on_commit = [&saved, first = true](std::size_t, std::chrono::nanoseconds) mutable {
        if (std::exchange(first, false)) {
            saved.set_value();
        }
    };
    open_store store{where, how};
    store.account.accept();
    REQUIRE(saved.get_future().wait_until(soon()) == std::future_status::ready);
    CHECK(reader{where.path()}.totals().accepted == 1);
}

TEST_CASE("after kill -9 the rest is booked as crash and what was told is there") {
    temporary_store where;
    std::uint64_t crashed = 0;
    for (int round = 0; round < 5; ++round) {
        int told[2];
        REQUIRE(::pipe(told) == 0);
        const auto child = ::fork();
        if (child == 0) {
            open_store store{where};
            store.account.accept();  // never settled
            for (int i = 0;; ++i) {
                if (!store.commit(make_turn({"q" + std::to_string(round) + "." + std::to_string(i), "a"}))) {
                    ::_exit(1);
                }
                (void)!::write(told[1], "x", 1);
            }
        }
        ::close(told[1]);
        char byte = 0;
        std::int64_t count = 0;
        while (count < 40 * (round + 1) && ::read(told[0], &byte, 1) == 1) {
            ++count;
        }
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        while (::read(told[0], &byte, 1) == 1) {
            ++count;
        }
        ::close(told[0]);
        CHECK(number(where.path(), "SELECT count(*) FROM exchange WHERE path = '/v1/chat/completions'") >=
              count);
        { open_store again{where}; }
        const auto totals = reader{where.path()}.totals();
        CHECK(totals.in_flight() == 0);
        CHECK(dropped(totals, drop_reason::crash) == ++crashed);
        CHECK(totals.recorded ==
              static_cast<std::uint64_t>(number(where.path(), "SELECT count(*) FROM exchange")));
    }
    CHECK(text(where.path(), "PRAGMA integrity_check") == "ok");
}

}  // namespace tapes::store::ledger_test
