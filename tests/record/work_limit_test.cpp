// Work that takes too long, and work that is stopped.
#include "store/support.hpp"
#include "support.hpp"
#include "work_allowance.hpp"
#include "work_queue.hpp"

#include <tapes/record/pool.hpp>
#include <tapes/record/rederive.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::record::work_limit_test {

using namespace tapes;
using namespace tapes::record::test;
using namespace std::chrono_literals;
using capture::drop_reason;

namespace {

/// More steps than lie between two looks at the clock.
std::string large(char c) {
    return std::string(2 * work_allowance::interval, c);
}

struct limited {
    explicit limited(std::chrono::nanoseconds work_limit)
        : lock{{file.path(), store::synchronous::normal}},
          writer{lock, account, {}},
          recorder{{.workers = 1, .store_path = file.path(), .work_limit = work_limit},
                   lock.redaction_key(),
                   writer,
                   account} {}

    void finish(std::unique_ptr<capture::exchange> ended) {
        account.accept();
        recorder.finish(std::move(ended));
    }
    void stop() {
        recorder.stop();
        writer.stop(std::chrono::steady_clock::now() + 60s);
    }
    std::uint64_t dropped(drop_reason reason) const {
        return account.read().dropped[static_cast<std::size_t>(reason)];
    }

    store::test::temporary_store file;
    capture::ledger account;
    store::store_lock lock;
    store::writer writer;
    pool recorder;
};

task some_task() {
    task made;
    made.ended = chat(ask("x"), say("y"));
    return made;
}

work_queue::exchanges some_exchanges(int count) {
    work_queue::exchanges made;
    for (int i = 0; i < count; ++i) {
        made.push_back(chat(ask("x"), say("y")));
    }
    return made;
}

}  // namespace

TEST_CASE("an exchange beyond the work limit is given up, and rederive makes the turn of its bytes") {
    limited on{1ns};
    auto secretive = chat(ask(large('a') + secret), say("an answer"));
    on.finish(std::move(secretive));
    on.finish(chat(ask("short"), say("short")));
    on.stop();
    CHECK(on.dropped(drop_reason::work_limit) == 1);
    CHECK(on.account.read().recorded == 1);
    CHECK(on.account.read().in_flight() == 0);
    const auto later = on.file.path() + ".new";
    const auto report = rederive({on.file.path(), later, {}, {}, {}});
    CHECK(report.exchanges == 2);
    CHECK(report.turns == 2);
    CHECK(report.new_turns == 1);
    CHECK(report.same());
    for (const auto& path : {on.file.path(), later}) {
        bool leaks = false;
        store::wire_reader wire{path};
        for (std::int64_t seq = 1; seq <= 2; ++seq) {
            const auto kept = wire.read(seq);
            REQUIRE(kept);
            leaks = leaks || kept->request.find(secret) != std::string::npos;
        }
        CHECK_FALSE(leaks);
    }
    CHECK(limits().memory_bytes() == 0);
}

TEST_CASE("an answer that takes too long is given up as a request is, in every form") {
    limited on{1ns};
    on.finish(chat(ask("x"), say(large('a'))));
    std::string events;
    for (int i = 0; i < 6'000; ++i) {
        events += event("ab");
    }
    on.finish(stream(ask("y"), events + last_event));
    auto packed = chat(gzip(ask(large('b'))), say("z"));
    packed->request_encoding = "gzip";
    on.finish(std::move(packed));
    on.stop();
    CHECK(on.dropped(drop_reason::work_limit) == 3);
    CHECK(on.account.read().in_flight() == 0);
    CHECK(limits().memory_bytes() == 0);
}

TEST_CASE("no more than all workers but one are at work that takes long") {
    work_queue queue{2};
    REQUIRE(queue.begin_long());
    CHECK_FALSE(queue.begin_long());
    auto postponed = some_task();
    auto* const first = postponed.ended.get();
    REQUIRE(queue.postpone(postponed));
    CHECK(queue.take_waiting().is_empty());
    // What takes short goes on meanwhile, in order.
    auto ended = some_exchanges(2);
    auto* const short_one = ended.front().get();
    CHECK(queue.add(std::move(ended)).empty());
    CHECK(queue.take_waiting().next.ended.get() == short_one);
    queue.end_long();
    const auto share = queue.take_waiting();
    CHECK(share.next.ended.get() == first);
    CHECK(share.next.is_long);
    CHECK_FALSE(queue.begin_long());
    queue.end_long();
    CHECK_FALSE(queue.take_waiting().next.is_long);
}

TEST_CASE("what takes long is postponed where it would keep the last worker busy") {
    work_queue queue{2};
    REQUIRE(queue.begin_long());
    int first = 0;
    int found_long = 0;
    {
        work_allowance allowance{queue, {20s}, false, {[&] { ++first; }, [&] { ++found_long; }}};
        while (allowance.goes_on()) {
        }
        CHECK(allowance.is_to_come_again());
    }
    CHECK(first == 1);
    CHECK(found_long == 0);
    queue.end_long();
    {
        work_allowance allowance{queue, {300ms}, false, {{}, [&] { ++found_long; }}};
        while (allowance.goes_on()) {
        }
        CHECK_FALSE(allowance.is_to_come_again());
        CHECK_FALSE(queue.begin_long());
    }
    CHECK(found_long == 1);
    CHECK(queue.begin_long());
}

TEST_CASE("the time of work counts from the first question") {
    work_queue queue{2};
    work_allowance allowance{queue, {.work = 1ns, .short_work = 1h, .keeping = 1ns}, false};
    CHECK(allowance.goes_on());
    while (allowance.goes_on()) {
    }
    CHECK_FALSE(allowance.is_to_come_again());
    allowance.begin_keeping();
    CHECK(allowance.keeps_on());
    while (allowance.keeps_on()) {
    }
}

TEST_CASE("a queue that hurries lets nothing long go on, and keeps bytes for a short time") {
    work_queue queue{2};
    CHECK(queue.has_time_to_keep());
    queue.hurry();
    const auto begun = std::chrono::steady_clock::now();
    work_allowance allowance{queue, {20s}, false};
    CHECK_FALSE(allowance.goes_on());
    CHECK_FALSE(allowance.is_to_come_again());
    allowance.begin_keeping();
    CHECK(allowance.keeps_on());
    while (allowance.keeps_on() && std::chrono::steady_clock::now() < begun + 20s) {
    }
    CHECK_FALSE(queue.has_time_to_keep());
    queue.hurry();
    CHECK_FALSE(queue.has_time_to_keep());
    CHECK(std::chrono::steady_clock::now() < begun + 20s);
}

TEST_CASE("a queue tells how long the first has waited") {
    work_queue queue{2};
    CHECK(queue.longest_wait() == 0ms);
    (void)queue.add(some_exchanges(1));
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (queue.longest_wait() < 2ms && std::chrono::steady_clock::now() < until) {
    }
    CHECK(queue.longest_wait() >= 2ms);
    (void)queue.take_waiting();
    CHECK(queue.longest_wait() == 0ms);
}

TEST_CASE("an exchange that ends while its request is prepared is left with who prepares it") {
    auto next = some_task();
    auto* const exchange = next.ended.get();
    const auto work = std::make_shared<early_work>(*exchange, exchange->request_body.view());
    CHECK_FALSE(work->leave(next));
    REQUIRE(work->begin());
    CHECK(work->leave(next));
    CHECK(next.ended == nullptr);
    work->end(nullptr);
    CHECK(work->take_left().ended.get() == exchange);
    CHECK_FALSE(work->leave(next));
}

TEST_CASE("a stop that is hurried gives up what takes long") {
    limited on{1h};
    for (int i = 0; i < 3; ++i) {
        on.finish(chat(ask(large(static_cast<char>('a' + i))), say("x")));
    }
    on.recorder.stop([](std::chrono::milliseconds) { return true; });
    on.writer.stop(std::chrono::steady_clock::now() + 60s);
    const auto now = on.account.read();
    CHECK(now.recorded + on.dropped(drop_reason::work_limit) == 3);
    CHECK(now.in_flight() == 0);
}

}  // namespace tapes::record::work_limit_test
