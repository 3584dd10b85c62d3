#include "contract.hpp"

#include <tapes/bus/bus.hpp>
#include <tapes/bus/kafka.hpp>
#include <tapes/bus/memory.hpp>

#include <catch2/catch.hpp>

namespace tapes::bus::consumer_options_test {

using namespace tapes;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

bus::consumer_options options() {
    bus::consumer_options how;
    how.topics = {"t"};
    return how;
}

}  // namespace

TEST_CASE("the group of topics is derived from their sorted names") {
    CHECK(bus::derived_group({"b", "a"}) == "tapes+a+b");
    CHECK(bus::derived_group({"a", "b", "a"}) == "tapes+a+b");
    CHECK(bus::derived_group({"a.b"}) != bus::derived_group({"a", "b"}));
}

TEST_CASE("a size or time of 0 is refused by its name, on each bus") {
    bus::memory_bus memory;
    const auto kafka = bus::make_kafka_bus({{"127.0.0.1:1"}, "", {}});
    bus::test::recorder handler;
    const auto refused = [&](const bus::consumer_options& how, const std::string& name) {
        CHECK_THROWS_WITH(memory.make_consumer(handler, how), Contains(name));
        CHECK_THROWS_WITH(kafka->make_consumer(handler, how), Contains(name));
        CHECK_THROWS_AS(memory.make_consumer(handler, how), bus::setting_error);
    };
    auto how = options();
    how.buffer_messages = 0;
    refused(how, "buffer_messages");
    how = options();
    how.buffer_bytes = 0;
    refused(how, "buffer_bytes");
    how = options();
    how.batch_messages = 0;
    refused(how, "batch_messages");
    how = options();
    how.session_timeout = 0ms;
    refused(how, "session_timeout");
    how = options();
    how.topics = {};
    refused(how, "topics");
    how.topics = {"a", ""};
    refused(how, "topics");
    CHECK(memory.consumers() == 0);
}

TEST_CASE("a consumer's group and commits cannot be set behind its back") {
    bus::test::recorder handler;
    for (const auto* property : {"enable.auto.commit", "enable.auto.offset.store", "group.id"}) {
        const auto kafka = bus::make_kafka_bus({{"127.0.0.1:1"}, "", {{property, "false"}}});
        CHECK_THROWS_WITH(kafka->make_consumer(handler, options()), Contains(property));
    }
}

TEST_CASE("any property of librdkafka can be given to a consumer, producers' too") {
    bus::test::recorder handler;
    CHECK_NOTHROW(bus::make_kafka_bus({{"127.0.0.1:1"},
                                       "",
                                       {{"fetch.wait.max.ms", "50"},
                                        {"linger.ms", "1"},
                                        {"partition.assignment.strategy", "cooperative-sticky"}}})
                      ->make_consumer(handler, options()));
    CHECK_THROWS_AS(bus::make_kafka_bus({{"127.0.0.1:1"}, "", {{"fetch.wait.max.ms", "-7"}}}),
                    bus::setting_error);
}

TEST_CASE("consumers that are gone leave nothing behind on the bus in memory") {
    bus::memory_bus memory;
    memory.make_admin()->create_topic({"t"}, 1s);
    bus::test::recorder handler;
    {
        const auto dies = memory.make_consumer(handler, options());
        auto stops = memory.make_consumer(handler, options());
        CHECK(memory.consumers() == 2);
        CHECK(stops->stop(bus::test::soon()));
        CHECK(memory.consumers() == 1);
    }
    CHECK(memory.consumers() == 0);
    const auto fails = memory.make_consumer(handler, options());
    memory.break_consumers("gone");
    REQUIRE(handler.wait_fatal());
    CHECK(memory.consumers() == 0);
    // And those that live get all of it.
    bus::test::recorder other;
    const auto lives = memory.make_consumer(other, options());
    bus::test::send(memory, "t", bus::test::numbered(60, 30));
    REQUIRE(other.wait_finished(60));
}

TEST_CASE("the trouble of a broker that cannot be reached shows in a consumer's status") {
    bus::test::recorder handler;
    const auto consumer = bus::make_kafka_bus({{"127.0.0.1:1"}, "", {}})->make_consumer(handler, options());
    CHECK(bus::test::eventually([&] { return !consumer->status().last_trouble.empty(); }));
    CHECK(consumer->status().state == bus::consumer_state::running);
    const auto begun = std::chrono::steady_clock::now();
    CHECK(consumer->stop(bus::test::soon(1s)));
    CHECK(std::chrono::steady_clock::now() - begun < 10s);
}

}  // namespace tapes::bus::consumer_options_test
