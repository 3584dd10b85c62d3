#include "support.hpp"

#include <tapes/store/dead_letters.hpp>
#include <tapes/store/reader.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <string>

namespace tapes::store::jobs_dead_letters_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;

namespace {

constexpr std::int64_t second = 1'000'000;

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

store::dead_letter letter(const std::string& topic, const std::string& id = "e1") {
    store::dead_letter made;
    made.source = "kafka";
    made.seq = 7;
    made.event_id = id;
    made.event_type = "tapes.node.v1";
    made.topic = topic;
    made.reason = "too large";
    return made;
}

void keep(open_store& in, store::dead_letter what, letter_due due) {
    std::promise<std::string> told;
    keep_dead_letter(in.out, std::move(what), due, std::nullopt,
                     [&](const std::string& error) { told.set_value(error); });
    REQUIRE(told.get_future().get().empty());
}

}  // namespace

TEST_CASE("a letter is received, scheduled, retried, and every change is a row of the log") {
    temporary_store where;
    open_store store{where};
    keep(store, letter("t"), now() - second);
    letter_reader in{where.path()};
    auto all = in.list({}, 10);
    REQUIRE(all.size() == 1);
    CHECK(all[0].state == letter_state::scheduled);
    CHECK(all[0].attempts == 1);

    const auto claimed = claim_due_letters(store.out, {"kafka"}, now(), 60 * second, 10);
    REQUIRE(claimed.size() == 1);
    CHECK(settle_retry(store.out, claimed[0], {true, "", {}}));
    const auto after = in.find(all[0].id);
    REQUIRE(after);
    CHECK(after->state == letter_state::retried);
    CHECK(after->attempts == 2);
    CHECK(after->retries == 1);
    CHECK(after->reason == "too large");

    reader log{where.path()};
    const auto rows = log.read_log(0, 1 << 20);
    REQUIRE(rows.size() == 2);
    const auto received = in.change(rows[0].ref);
    const auto retried = in.change(rows[1].ref);
    REQUIRE((received && retried));
    CHECK(received->kind == letter_change::received);
    CHECK(retried->kind == letter_change::retried);
    CHECK(retried->attempts == 2);
    CHECK(retried->letter.id == all[0].id);
    CHECK(in.changes(letter_change::received) == 1);
    CHECK(in.changes(letter_change::discarded) == 0);
}

TEST_CASE("two sweepers are never given the same letter while its lease holds") {
    temporary_store where;
    open_store store{where};
    for (int i = 0; i < 20; ++i) {
        keep(store, letter("t", "e" + std::to_string(i)), now() - second);
    }
    const auto at = now();
    const auto claim = [&] { return claim_due_letters(store.out, {"kafka"}, at, 60 * second, 15); };
    auto first = std::async(std::launch::async, claim);
    auto second_one = std::async(std::launch::async, claim);
    const auto a = first.get();
    const auto b = second_one.get();
    CHECK(a.size() + b.size() == 20);
    for (const auto& one : a) {
        for (const auto& other : b) {
            CHECK(one.id != other.id);
        }
    }
    CHECK(claim().empty());
    // Who has crashed lets go when the lease is over; what it says afterwards does not count.
    const auto later = claim_due_letters(store.out, {"kafka"}, at + 61 * second, 60 * second, 100);
    CHECK(later.size() == 20);
    CHECK_FALSE(settle_retry(store.out, a[0], {true, "", {}}));
}

TEST_CASE("who comes after a process that is gone need not wait for its leases") {
    temporary_store where;
    open_store store{where};
    keep(store, letter("t"), now() - second);
    const auto claim = [&] { return claim_due_letters(store.out, {"kafka"}, now(), 60 * second, 15).size(); };
    CHECK(claim() == 1);
    CHECK(claim() == 0);
    release_letter_leases(store.out);
    CHECK(claim() == 1);
}

TEST_CASE("only letters of the sources that can be served are claimed") {
    temporary_store where;
    open_store store{where};
    keep(store, letter("t"), now() - second);
    CHECK(claim_due_letters(store.out, {"other"}, now(), second, 10).empty());
    CHECK(claim_due_letters(store.out, {"other", "kafka"}, now(), second, 10).size() == 1);
}

TEST_CASE("attempts survive a restart, and a letter without a next retry waits for a person") {
    temporary_store where;
    {
        open_store store{where};
        keep(store, letter("t"), now() - second);
        const auto claimed = claim_due_letters(store.out, {"kafka"}, now(), second, 10);
        REQUIRE(claimed.size() == 1);
        CHECK(settle_retry(store.out, claimed[0], {false, "still too large", now() + 3600 * second}));
    }
    open_store store{where};
    letter_reader in{where.path()};
    auto one = in.list({}, 1).at(0);
    CHECK(one.state == letter_state::scheduled);
    CHECK(one.attempts == 2);
    CHECK(one.reason == "still too large");
    CHECK(claim_due_letters(store.out, {"kafka"}, now(), second, 10).empty());
    CHECK(schedule_letters(store.out, {}, now()) == 1);
    const auto claimed = claim_due_letters(store.out, {"kafka"}, now(), second, 10);
    REQUIRE(claimed.size() == 1);
    CHECK(settle_retry(store.out, claimed[0], {false, "no", std::nullopt}));
    one = in.list({}, 1).at(0);
    CHECK(one.state == letter_state::pending);
    CHECK(one.attempts == 3);
    CHECK(one.retries == 2);
}

TEST_CASE("letters are chosen by id, state, topic, type, source and time, and discarded with a reason") {
    temporary_store where;
    open_store store{where};
    keep(store, letter("a"), std::nullopt);
    keep(store, letter("b"), now() + 3600 * second);
    letter_reader in{where.path()};
    CHECK(in.list({}, 1).size() == 1);
    letter_filter which;
    which.topic = "b";
    CHECK(in.count_open(which) == 1);
    CHECK_THROWS(discard_letters(store.out, which, ""));
    CHECK(discard_letters(store.out, which, "of no use") == 1);
    CHECK(discard_letters(store.out, which, "again") == 0);
    CHECK(in.count_open(which) == 0);
    CHECK(in.list(which, 10).at(0).discard_reason == "of no use");
    CHECK(in.history(in.list(which, 10).at(0).id).back().reason == "of no use");
    CHECK(schedule_letters(store.out, which, now()) == 0);

    which = {};
    which.states = {letter_state::pending, letter_state::retried};
    CHECK(in.list(which, 10).at(0).topic == "a");
    which = {};
    which.ids = {1, 99};
    CHECK(in.list(which, 10).size() == 1);
    which = {};
    which.source = "x";
    CHECK(in.list(which, 10).empty());
    which = {};
    which.event_type = "tapes.node.v1";
    which.received_until_us = now() - 3600 * second;
    CHECK(in.list(which, 10).empty());
    which.received_until_us = 0;
    which.received_from_us = now() - 3600 * second;
    CHECK(in.list(which, 10).size() == 2);
    const auto totals = in.totals();
    REQUIRE(totals.size() == 2);
    CHECK(totals[0].topic == "a");
    CHECK(totals[0].state == letter_state::pending);
    CHECK(totals[1].state == letter_state::discarded);
}

TEST_CASE("a message that no one could take keeps its payload, whatever its bytes") {
    temporary_store where;
    open_store store{where};
    auto what = letter("t");
    what.seq = 0;
    what.partition = 3;
    what.offset = 17;
    what.key = std::string("\0\xff", 2);
    what.payload = std::string("\0{\xfe", 3);
    keep(store, what, std::nullopt);
    letter_reader in{where.path()};
    const auto kept = in.find(1);
    REQUIRE(kept);
    CHECK(kept->payload == what.payload);
    CHECK(kept->key == what.key);
    CHECK(kept->partition == 3);
    CHECK(kept->offset == 17);
    CHECK(in.list({}, 1).at(0).payload == std::nullopt);
}

}  // namespace tapes::store::jobs_dead_letters_test
