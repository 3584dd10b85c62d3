// What every bus owes a subscriber: order, commits after the handler, retries, dead letters.
#include "contract.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>

namespace tapes::bus::contract_delivery_test {

using namespace tapes;
using namespace std::chrono_literals;
using namespace tapes::bus::test;
using Catch::Matchers::Contains;

namespace {

bus::consumer_options options(const place& at, const std::string& topic) {
    bus::consumer_options how;
    how.topics = {topic};
    how.commit_interval = 20ms;
    how.session_timeout = at.session();
    how.retry_base = 10ms;
    how.retry_cap = 50ms;
    return how;
}

std::vector<std::string> numbers(int count, int from = 0) {
    std::vector<std::string> out;
    for (int i = from; i < from + count; ++i) {
        out.push_back(std::to_string(i));
    }
    return out;
}

std::int64_t committed(const bus::consumer& one) {
    const auto status = one.status();
    return status.partitions.empty() ? -1 : status.partitions[0].committed;
}

bus::consume_totals totals(const bus::consumer& one) {
    const auto topics = one.status().topics;
    return topics.empty() ? bus::consume_totals{} : topics.begin()->second;
}

}  // namespace

TEST_CASE("a message arrives whole, and in the order of its partition", "[contract]") {
    TAPES_ON_EACH_BUS_AND_THE_MOCK;
    const auto topic = at->topic(3);
    const std::string binary("\0\xff\x01 value", 9);
    send(at->bus(), topic, {{"key", binary}}, {{"reason", "x"}, {"empty", ""}});
    send(at->bus(), topic, numbered(300, 9));
    recorder handler;
    const auto consumer = at->bus().make_consumer(handler, options(*at, topic));
    REQUIRE(handler.wait_finished(301));
    std::map<std::string, int> last;
    for (const auto& one : handler.seen()) {
        CHECK(one.topic == topic);
        if (one.key == "key") {
            CHECK(one.value == binary);
            CHECK(one.headers == std::map<std::string, std::string>{{"reason", "x"}, {"empty", ""}});
            CHECK(one.timestamp_ms >= sent_at_ms());  // or the broker's own time
            CHECK(one.timestamp_ms < sent_at_ms() + 3'600'000);
            continue;
        }
        const auto number = std::stoi(one.value);
        REQUIRE((!last.contains(one.key) || last[one.key] < number));
        last[one.key] = number;
    }
    REQUIRE(eventually([&] { return totals(*consumer).handled == 301; }));
    CHECK(totals(*consumer).received == 301);
}

TEST_CASE("an offset is committed only after the handler has finished", "[contract]") {
    TAPES_ON_EACH_BUS_AND_THE_MOCK;
    const auto topic = at->topic(1);
    recorder handler;
    handler.close_gate();
    const auto consumer = at->bus().make_consumer(handler, options(*at, topic));
    send(at->bus(), topic, numbered(3, 1));
    REQUIRE(handler.wait_seen(1));
    CHECK(stays([&] { return committed(*consumer) == -1; }, 200ms));  // ten commit intervals
    handler.open_gate();
    REQUIRE(handler.wait_finished(3));
    CHECK(eventually([&] { return committed(*consumer) == 3; }));
}

TEST_CASE("what was handled but not committed when a consumer dies comes again", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(5, 1));
    auto how = options(*at, topic);
    how.commit_interval = 1h;
    {
        recorder first;
        const auto consumer = at->bus().make_consumer(first, how);
        REQUIRE(first.wait_finished(5));
    }
    recorder second;
    const auto consumer = at->bus().make_consumer(second, how);
    REQUIRE(second.wait_finished(5));
    CHECK(second.values() == numbers(5));
}

TEST_CASE("stop handles what was taken, commits it, and the next of the group goes on there", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(20, 1));
    auto how = options(*at, topic);
    how.commit_interval = 1h;
    recorder first;
    first.close_gate();
    auto consumer = at->bus().make_consumer(first, how);
    REQUIRE(eventually([&] { return totals(*consumer).received == 20; }));
    REQUIRE(first.wait_seen(1));
    std::thread opener([&] {
        CHECK(eventually([&] { return consumer->status().state == bus::consumer_state::stopping; }));
        first.open_gate();
    });
    CHECK(consumer->stop(soon()));
    opener.join();
    CHECK(first.values() == numbers(20));
    CHECK(consumer->status().state == bus::consumer_state::stopped);
    CHECK(consumer->stop(soon()));
    consumer.reset();

    send(at->bus(), topic, numbered(2, 1, 20));
    recorder second;
    const auto next = at->bus().make_consumer(second, how);
    REQUIRE(second.wait_finished(2));
    CHECK(second.values() == numbers(2, 20));
}

TEST_CASE("a stop whose deadline passes says so, and commits what was finished", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(3, 1));
    recorder first;
    std::atomic<bool> go_on{false};
    recorder slow([&](auto batch) {
        if (batch[0].value == "1") {
            eventually([&] { return go_on.load(); });
        }
        return bus::outcome::all(batch);
    });
    auto how = options(*at, topic);
    auto consumer = at->bus().make_consumer(slow, how);
    REQUIRE(slow.wait_seen(2));
    CHECK_FALSE(consumer->stop(soon(100ms)));
    go_on = true;
    consumer.reset();
    recorder second;
    const auto next = at->bus().make_consumer(second, how);
    REQUIRE(second.wait_finished(2));
    CHECK(second.values() == numbers(2, 1));
}

TEST_CASE("a second stop, while the first waits, may bring the deadline nearer", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(1, 1));
    std::atomic<bool> go_on{false};
    recorder slow([&](auto batch) {
        eventually([&] { return go_on.load(); });
        return bus::outcome::all(batch);
    });
    const auto consumer = at->bus().make_consumer(slow, options(*at, topic));
    REQUIRE(slow.wait_seen(1));
    auto first = std::async(std::launch::async, [&] { return consumer->stop(soon(1h)); });
    CHECK(first.wait_for(100ms) == std::future_status::timeout);
    CHECK_FALSE(consumer->stop(soon(0ms)));
    CHECK_FALSE(first.get());
    CHECK_FALSE(go_on);
    go_on = true;
}

TEST_CASE("a message that cannot be decoded is buried once and committed", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(5, 1));
    const bool throws = GENERATE(true, false);
    recorder handler([&](auto batch) {
        if (batch[0].value == "2") {
            if (throws) {
                throw std::runtime_error("no such field");
            }
            return bus::outcome{1, "", {{0, "no such field"}}};
        }
        return bus::outcome::all(batch);
    });
    const auto consumer = at->bus().make_consumer(handler, options(*at, topic));
    REQUIRE(eventually([&] { return committed(*consumer) == 5; }));
    CHECK(handler.values() == numbers(5));
    REQUIRE(handler.buried().size() == 1);
    CHECK(handler.buried()[0].value == "2");
    CHECK(handler.buried()[0].reason == "no such field");
    CHECK(totals(*consumer).undecodable == 1);
    CHECK(totals(*consumer).handled == 4);
}

TEST_CASE("a message is not committed before its dead letter is written", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(2, 1));
    recorder handler([](auto) { return bus::outcome{1, "", {{0, "bad"}}}; });
    handler.refuse_dead_letters(1'000'000);
    const auto consumer = at->bus().make_consumer(handler, options(*at, topic));
    REQUIRE(handler.wait([](const auto& self) { return self.refused() >= 3; }));
    CHECK(committed(*consumer) == -1);
    handler.refuse_dead_letters(0);
    REQUIRE(eventually([&] { return committed(*consumer) == 2; }));
    CHECK(handler.buried().size() == 2);
}

TEST_CASE("a stop does not wait for a dead letter that cannot be written, nor commits its message",
          "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(1, 1));
    recorder handler([](auto) { return bus::outcome{1, "", {{0, "bad"}}}; });
    handler.refuse_dead_letters(1'000'000);
    auto consumer = at->bus().make_consumer(handler, options(*at, topic));
    REQUIRE(handler.wait([](const auto& self) { return self.refused() >= 2; }));
    CHECK_FALSE(consumer->stop(soon()));
    consumer.reset();
    recorder second;
    const auto next = at->bus().make_consumer(second, options(*at, topic));
    REQUIRE(second.wait_finished(1));
}

TEST_CASE("one bad message of a batch takes no neighbour with it", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(10, 1));
    recorder handler([](auto batch) {
        for (const auto& one : batch) {
            if (one.value == "4") {
                throw std::runtime_error("boom");
            }
        }
        return bus::outcome::all(batch);
    });
    auto how = options(*at, topic);
    how.batch_messages = 10;
    const auto consumer = at->bus().make_consumer(handler, how);
    REQUIRE(eventually([&] { return committed(*consumer) == 10; }));
    REQUIRE(handler.buried().size() == 1);
    CHECK(handler.buried()[0].value == "4");
    CHECK(totals(*consumer).handled == 9);
}

TEST_CASE("what fails in passing is tried again, in order, while other partitions go on", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(2);
    send(at->bus(), topic, numbered(40, 8));
    std::atomic<bool> heal{false};
    std::atomic<int> sick{-1};  // the partition that fails
    recorder handler([&](auto batch) {
        int none = -1;
        sick.compare_exchange_strong(none, batch[0].partition);
        if (batch[0].partition == sick && !heal) {
            return bus::outcome{0, "the store is busy", {}};
        }
        return bus::outcome::all(batch);
    });
    const auto consumer = at->bus().make_consumer(handler, options(*at, topic));
    // The whole of the healthy one passes, and the sick one was tried often.
    REQUIRE(eventually([&] {
        const auto now = totals(*consumer);
        const auto status = consumer->status();
        std::int64_t lag = -1;
        for (const auto& one : status.partitions) {
            lag = one.partition == sick ? lag : one.lag;
        }
        return now.retries >= 5 && lag == 0;
    }));
    for (const auto& one : consumer->status().partitions) {
        CHECK((one.partition != sick || one.paused || one.lag > 0));
    }
    CHECK(handler.buried().empty());
    const auto before = handler.seen();
    std::set<std::int64_t> tried;
    for (const auto& one : before) {
        if (one.partition == sick) {
            tried.insert(one.offset);
        }
    }
    CHECK(tried == std::set<std::int64_t>{0});
    heal = true;
    REQUIRE(eventually([&] { return totals(*consumer).handled == 40; }));
    std::int64_t last = -1;
    for (const auto& one : handler.seen()) {
        if (one.partition == sick) {
            REQUIRE((one.offset == last || one.offset == last + 1));
            last = one.offset;
        }
    }
}

TEST_CASE("a message that keeps failing is buried after max_attempts, with their number", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(3, 1));
    recorder handler([](auto batch) {
        return batch[0].value == "1" ? bus::outcome{0, "busy", {}} : bus::outcome::all(batch);
    });
    auto how = options(*at, topic);
    how.max_attempts = 4;
    const auto consumer = at->bus().make_consumer(handler, how);
    REQUIRE(eventually([&] { return committed(*consumer) == 3; }));
    REQUIRE(handler.buried().size() == 1);
    CHECK(handler.buried()[0].attempts == 4);
    CHECK_THAT(handler.buried()[0].reason, Contains("4 attempts") && Contains("busy"));
    CHECK(handler.seen().size() == 6);
}

TEST_CASE("a batch has messages of several partitions, and counts when it has been handled", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(4);
    send(at->bus(), topic, numbered(200, 32));
    std::atomic<int> failures{3};
    std::atomic<bool> mixed{false};
    recorder handler([&](auto batch) {
        mixed = mixed || batch.front().partition != batch.back().partition;
        if (batch.size() > 1 && failures-- > 0) {
            return bus::outcome{batch.size() / 2, "half of it", {}};
        }
        return bus::outcome::all(batch);
    });
    handler.close_gate();
    auto how = options(*at, topic);
    how.batch_messages = 120;  // more than a partition has, so that the second batch at the latest is mixed
    const auto consumer = at->bus().make_consumer(handler, how);
    REQUIRE(eventually([&] { return totals(*consumer).received == 200; }));
    handler.open_gate();
    REQUIRE(eventually([&] { return totals(*consumer).handled == 200; }));
    CHECK(mixed);
    REQUIRE(eventually([&] {
        std::int64_t sum = 0;
        for (const auto& one : consumer->status().partitions) {
            sum += one.committed;
        }
        return sum == 200;
    }));
    const auto sizes = handler.batches();
    CHECK(*std::max_element(sizes.begin(), sizes.end()) <= 120);
    std::map<int, std::int64_t> next;
    for (const auto& one : handler.seen()) {
        REQUIRE(one.offset <= next[one.partition]);
        next[one.partition] = std::max(next[one.partition], one.offset + 1);
    }
}

TEST_CASE("a new group that starts at the end does not see what was there before", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(3, 1));
    auto how = options(*at, topic);
    how.reset = bus::offset_reset::latest;
    recorder handler;
    const auto consumer = at->bus().make_consumer(handler, how);
    REQUIRE(eventually([&] {
        const auto status = consumer->status();
        return !status.partitions.empty() && status.partitions[0].lag == 0;
    }));
    send(at->bus(), topic, numbered(2, 1, 3));
    REQUIRE(handler.wait_finished(2));
    CHECK(handler.values() == numbers(2, 3));
}

TEST_CASE("a new group that is told to start nowhere fails and says why", "[contract]") {
    TAPES_ON_EACH_BUS_AND_THE_MOCK;
    const auto topic = at->topic(1);
    send(at->bus(), topic, numbered(3, 1));
    auto how = options(*at, topic);
    how.reset = bus::offset_reset::error;
    recorder handler;
    const auto consumer = at->bus().make_consumer(handler, how);
    REQUIRE(handler.wait_fatal());
    CHECK(consumer->status().state == bus::consumer_state::failed);
    CHECK_THAT(consumer->status().error, Contains("offset"));
    CHECK(handler.seen().empty());
}

TEST_CASE("what was published is counted by topic, with the time it took", "[contract]") {
    TAPES_ON_EACH_BUS_AND_THE_MOCK;
    const auto topic = at->topic(1);
    class quiet : public bus::producer_events {
        void delivered(std::span<const bus::delivery_report>) override {}
        void trouble(bus::severity, std::string_view) override {}
    } events;
    const auto producer = at->bus().make_producer(events, {2000});
    for (int i = 0; i < 3; ++i) {
        REQUIRE(producer->produce({topic, "k", "v", {}, 1, 1}).status == bus::acceptance::accepted);
    }
    REQUIRE(producer->produce({topic, "k", std::string(4000, 'x'), {}, 1, 1}).status ==
            bus::acceptance::refused);
    REQUIRE(producer->flush(soon()));
    REQUIRE(eventually([&] { return producer->status().topics[topic].delivered == 3; }));
    const auto counted = producer->status().topics[topic];
    CHECK(counted.too_large == 1);
    CHECK(counted.transient == 0);
    std::uint64_t sum = 0;
    for (const auto one : counted.duration.counts) {
        sum += one;
    }
    CHECK(sum == 3);
}

}  // namespace tapes::bus::contract_delivery_test
