// One worker, of which the test plays the others.
#include "worker.hpp"

#include "store/support.hpp"
#include "support.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <thread>

namespace tapes::record::worker_test {

using namespace tapes;
using namespace tapes::record::test;
using namespace std::chrono_literals;
using capture::drop_reason;

namespace {

constexpr auto longest_test = 60s;

/// More steps than lie between two looks at the clock.
std::string large() {
    return std::string(2 * work_allowance::interval, 'a');
}

class lone_worker {
public:
    explicit lone_worker(const work_limits& limits = {20s})
        : lock_{{file.path(), store::synchronous::normal}},
          writer_{lock_, account, {}},
          maker_{settings{}, lock_.redaction_key()},
          worker_{{maker_, queue, under_way_, progress_, writer_, account, path_, limits}} {}
    ~lone_worker() { stop(); }
    lone_worker(const lone_worker&) = delete;
    lone_worker& operator=(const lone_worker&) = delete;

    /// Queues an exchange under a name by which the tests find it again.
    void add(const std::string& name, std::unique_ptr<capture::exchange> ended) {
        ended->agent_name = name;
        account.accept();
        ended->owe(account);
        work_queue::exchanges one;
        one.push_back(std::move(ended));
        REQUIRE(queue.add(std::move(one)).empty());
    }
    void start() {
        thread_ = std::thread{[this] { worker_.run(); }};
    }
    /// Waits until so many are in the store.
    void await(std::uint64_t count) { REQUIRE(writer_.wait_past(count - 1, longest_test) == count); }
    void stop() {
        queue.stop();
        if (thread_.joinable()) {
            thread_.join();
        }
        writer_.stop(std::chrono::steady_clock::now() + longest_test);
    }

    /// Returns how many were in the store before it; 0: it is not there.
    std::int64_t place_of(const std::string& name) const {
        return store::test::number(
            file.path(), "SELECT coalesce((SELECT seq FROM exchanges WHERE agent_name = '" + name + "'), 0)");
    }
    std::uint64_t dropped(drop_reason reason) const {
        return account.read().dropped[static_cast<std::size_t>(reason)];
    }

    store::test::temporary_store file;
    capture::ledger account;
    work_queue queue{2};

private:
    const std::string path_ = file.path();
    store::store_lock lock_;
    store::writer writer_;
    turn_maker maker_;
    answers_under_way under_way_;
    work_progress progress_;
    worker worker_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("long work that would keep the last worker busy is put back, and made in the end") {
    lone_worker on{{.work = 1h, .short_work = 0ns}};
    REQUIRE(on.queue.begin_long());  // by another worker
    on.add("long", chat(ask(large()), say("x")));
    on.add("short", chat(ask("a"), say("b")));
    on.add("short too", chat(ask("c"), say("d")));
    on.start();
    on.await(2);
    CHECK(on.place_of("long") == 0);
    CHECK(on.place_of("short") == 1);
    CHECK(on.place_of("short too") == 2);
    on.queue.end_long();
    on.await(3);
    on.stop();
    CHECK(on.place_of("long") == 3);
    CHECK(on.account.read().recorded == 3);
    CHECK(on.account.read().in_flight() == 0);
    CHECK(on.queue.begin_long());  // all of it was given back
}

TEST_CASE("work that waits for memory that long work holds is put back, and made in the end") {
    constexpr std::uint64_t left = 64U << 10;
    capture::budget budget{8U << 20, 0};
    lone_worker on;
    on.add("large", chat(ask(large()), say("x"), budget));
    on.add("small", chat(ask("a"), say("b"), budget));
    const auto held = budget.memory_limit() - budget.memory_bytes() - left;
    REQUIRE(budget.reserve_work(held));  // by another worker
    REQUIRE(on.queue.begin_long());
    on.start();
    on.await(1);
    CHECK(on.place_of("small") == 1);
    CHECK(on.place_of("large") == 0);
    budget.release_memory(held);
    on.queue.end_long();
    on.await(2);
    on.stop();
    CHECK(on.place_of("large") == 2);
    CHECK(on.account.read().recorded == 2);
    CHECK(on.account.read().in_flight() == 0);
    CHECK(budget.memory_bytes() == 0);
}

TEST_CASE("the bytes of what was given up have a time of their own, and are dropped behind it") {
    const auto keeping = GENERATE(0ns, 1h);
    lone_worker on{{.work = 0ns, .keeping = keeping}};
    on.add("long", chat(ask(large()), say("x")));
    on.start();
    on.await(1);
    on.stop();
    CHECK(on.dropped(drop_reason::work_limit) == 1);
    CHECK(on.account.read().in_flight() == 0);
    const auto kept = store::wire_reader{on.file.path()}.read(1);
    CHECK(kept.has_value() == (keeping > 0ns));
    CHECK(limits().memory_bytes() == 0);
}

}  // namespace tapes::record::worker_test
