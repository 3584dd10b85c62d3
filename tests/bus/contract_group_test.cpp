// What every bus owes the members of a consumer group: sharing, handing over, slow handlers, failures.
#include "contract.hpp"

#include <tapes/bus/memory.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace tapes::bus::contract_group_test {

using namespace tapes;
using namespace std::chrono_literals;
using namespace tapes::bus::test;
using Catch::Matchers::Contains;

namespace {

bus::consumer_options options(const place& at, const std::string& topic) {
    bus::consumer_options how;
    how.topics = {topic};
    how.session_timeout = at.session();
    how.commit_interval = 20ms;
    return how;
}

std::size_t partitions_of(const bus::consumer& one) {
    return one.status().partitions.size();
}

std::int64_t total_lag(const bus::consumer& one) {
    std::int64_t sum = 0;
    for (const auto& part : one.status().partitions) {
        if (part.lag < 0) {
            return -1;
        }
        sum += part.lag;
    }
    return sum;
}

bool releasing(const bus::consumer& one) {
    const auto status = one.status();
    return std::any_of(status.partitions.begin(), status.partitions.end(),
                       [](const auto& part) { return part.releasing; });
}

/// How often each value was seen, over several handlers.
std::map<std::string, int> counts(std::initializer_list<const recorder*> handlers) {
    std::map<std::string, int> out;
    for (const auto* handler : handlers) {
        for (const auto& value : handler->values()) {
            ++out[value];
        }
    }
    return out;
}

}  // namespace

TEST_CASE("a handler slower than the session timeout costs neither a rebalance nor a duplicate",
          "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(2);
    recorder handler;
    handler.close_gate();
    auto how = options(*at, topic);
    how.buffer_messages = 4;
    send(at->bus(), topic, numbered(60, 8));
    const auto consumer = at->bus().make_consumer(handler, how);
    REQUIRE(handler.wait_seen(1));
    CHECK(eventually([&] {
        const auto status = consumer->status();
        return std::any_of(status.partitions.begin(), status.partitions.end(),
                           [](const auto& one) { return one.paused; });
    }));
    CHECK(consumer->status().buffered_messages <= 4 + 1 + 2);
    CHECK(stays([&] { return consumer->status().rebalances == 1; }, at->session() + at->session() / 2));
    handler.open_gate();
    REQUIRE(handler.wait_finished(60));
    REQUIRE(eventually([&] { return total_lag(*consumer) == 0; }));
    CHECK(consumer->status().rebalances == 1);
    CHECK(consumer->status().partitions_lost == 0);
    const auto seen = counts({&handler});
    CHECK(seen.size() == 60);
    for (const auto& [value, count] : seen) {
        CHECK(count == 1);
    }
}

TEST_CASE("two consumers of a group share the partitions and handle each message once", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(4);
    recorder left;
    recorder right;
    const auto one = at->bus().make_consumer(left, options(*at, topic));
    const auto other = at->bus().make_consumer(right, options(*at, topic));
    REQUIRE(eventually([&] { return partitions_of(*one) == 2 && partitions_of(*other) == 2; }));
    send(at->bus(), topic, numbered(200, 32));
    REQUIRE(eventually([&] { return left.seen().size() + right.seen().size() >= 200; }));
    CHECK_FALSE(left.seen().empty());
    CHECK_FALSE(right.seen().empty());
    const auto seen = counts({&left, &right});
    CHECK(seen.size() == 200);
    CHECK(left.seen().size() + right.seen().size() == 200);
    CHECK(one->stop(soon()));
    CHECK(other->stop(soon()));
}

TEST_CASE("a rebalance finishes what is being handled and hands over the rest", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(4);
    recorder left;
    recorder right;
    left.close_gate();
    auto how = options(*at, topic);
    how.commit_interval = 1h;  // so that only the hand-over commits
    how.handover = 30s;
    const auto one = at->bus().make_consumer(left, how);
    REQUIRE(eventually([&] { return partitions_of(*one) == 4; }));
    send(at->bus(), topic, numbered(100, 32));
    REQUIRE(left.wait_seen(1));
    const auto other = at->bus().make_consumer(right, how);
    REQUIRE(eventually([&] { return releasing(*one) || partitions_of(*other) > 0; }));
    // The newcomer waits for what is being handled.
    const auto held = left.values()[0];
    CHECK(stays([&] { return !counts({&right}).contains(held); }, 500ms));
    left.open_gate();
    REQUIRE(eventually([&] { return counts({&left, &right}).size() == 100; }));
    REQUIRE(eventually([&] { return partitions_of(*one) == 2 && partitions_of(*other) == 2; }));
    CHECK_FALSE(right.seen().empty());
    const auto seen = counts({&left, &right});
    CHECK(seen.size() == 100);
    for (const auto& [value, count] : seen) {
        CHECK(count == 1);
    }
}

TEST_CASE("a handler that outlasts the hand-over holds up the group no longer than that", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(2);
    recorder left;
    recorder right;
    left.close_gate();
    auto how = options(*at, topic);
    how.handover = 300ms;
    const auto one = at->bus().make_consumer(left, how);
    send(at->bus(), topic, numbered(20, 16));
    REQUIRE(left.wait_seen(1));
    const auto other = at->bus().make_consumer(right, how);
    // The handler has not returned, and the newcomer has its share.
    REQUIRE(eventually([&] { return partitions_of(*one) == 1 && partitions_of(*other) == 1; }));
    CHECK(left.seen().size() == 1);
    left.open_gate();
    REQUIRE(eventually([&] { return counts({&left, &right}).size() == 20; }));
    CHECK(eventually([&] { return total_lag(*one) == 0 && total_lag(*other) == 0; }));
}

TEST_CASE("nothing is committed for partitions that were lost", "[contract]") {
    TAPES_ON_EACH_BUS_AND_THE_MOCK;
    const auto topic = at->topic(1);
    recorder handler;
    handler.close_gate();
    auto consumer = at->bus().make_consumer(handler, options(*at, topic));
    send(at->bus(), topic, numbered(2, 1));
    REQUIRE(handler.wait_seen(1));
    if (!at->evict()) {
        handler.open_gate();
        return;
    }
    REQUIRE(eventually([&] { return consumer->status().partitions_lost == 1; }));
    handler.open_gate();
    // What it was handling when it lost the partition comes again, as it was not committed.
    REQUIRE(handler.wait_finished(3));
    CHECK(handler.values() == std::vector<std::string>{"0", "0", "1"});
    REQUIRE(eventually([&] { return total_lag(*consumer) == 0; }));
    CHECK(consumer->status().state == bus::consumer_state::running);
}

TEST_CASE("a fatal error reaches the owner and the status, and nothing more is handled", "[contract]") {
    TAPES_ON_EACH_BUS_AND_THE_MOCK;
    const auto topic = at->topic(1);
    recorder handler;
    const auto consumer = at->bus().make_consumer(handler, options(*at, topic));
    REQUIRE(eventually([&] { return partitions_of(*consumer) == 1; }));
    if (!at->break_consumers()) {
        return;
    }
    REQUIRE(handler.wait_fatal());
    CHECK(consumer->status().state == bus::consumer_state::failed);
    CHECK_FALSE(consumer->status().error.empty());
    send(at->bus(), topic, numbered(1, 1));
    CHECK(stays([&] { return handler.seen().empty(); }, 200ms));
    CHECK_FALSE(consumer->stop(soon()));
    CHECK(consumer->status().state == bus::consumer_state::failed);
}

TEST_CASE("the lag of a partition is what waits behind the last handled message", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    recorder handler;
    auto how = options(*at, topic);
    how.buffer_messages = 2;
    send(at->bus(), topic, numbered(4, 1));
    {
        const auto consumer = at->bus().make_consumer(handler, how);
        REQUIRE(eventually([&] { return total_lag(*consumer) == 0 && handler.seen().size() == 4; }));
        handler.close_gate();
        // Paused and not fetched any more, and still seen.
        send(at->bus(), topic, numbered(10, 1, 4));
        REQUIRE(eventually([&] { return total_lag(*consumer) == 10; }));
        send(at->bus(), topic, numbered(5, 1, 14));
        REQUIRE(eventually([&] { return total_lag(*consumer) == 15; }));
        handler.open_gate();
        REQUIRE(handler.wait_finished(19));
        REQUIRE(eventually([&] { return total_lag(*consumer) == 0; }));
        CHECK(consumer->stop(soon()));
    }
    // Known also before the first message: from what the group has committed.
    recorder second;
    const auto consumer = at->bus().make_consumer(second, how);
    REQUIRE(eventually([&] {
        const auto status = consumer->status();
        return status.partitions.size() == 1 && status.partitions[0].lag == 0;
    }));
    CHECK(consumer->status().partitions[0].committed == 19);
    CHECK(second.seen().empty());
}

TEST_CASE("the derived group is the same whatever the order of the topics", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto a = at->topic(1);
    const auto b = at->topic(1);
    auto forth = options(*at, a);
    forth.topics = {a, b};
    auto back = options(*at, a);
    back.topics = {b, a, b};
    recorder left;
    recorder right;
    auto one = at->bus().make_consumer(left, forth);
    send(at->bus(), a, numbered(1, 1));
    send(at->bus(), b, numbered(1, 1));
    REQUIRE(left.wait_finished(2));
    CHECK(one->stop(soon()));
    const auto other = at->bus().make_consumer(right, back);
    CHECK(one->group() == other->group());
    send(at->bus(), b, numbered(1, 1, 7));
    REQUIRE(right.wait_finished(1));
    CHECK(right.values() == std::vector<std::string>{"7"});
}

}  // namespace tapes::bus::contract_group_test
