#include "contract.hpp"

#include <tapes/bus/memory.hpp>
#include <tapes/bus/sync_writer.hpp>
#include <tapes/bus/topics.hpp>

#include <catch2/catch.hpp>

#include <vector>

namespace tapes::bus::topics_test {

using namespace tapes;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

std::vector<bus::topic_spec> wanted() {
    bus::topic_spec a;
    a.name = "a";
    a.partitions = 3;
    auto b = a;
    b.name = "b";
    return {a, b};
}

}  // namespace

TEST_CASE("topics that are missing are created once, and those that exist are left alone") {
    bus::memory_bus where;
    bus::topic_spec other;
    other.name = "a";
    other.partitions = 7;
    where.make_admin()->create_topic(other, 1s);
    bus::ensure_topics(where, wanted(), true, 5s);
    bus::ensure_topics(where, wanted(), true, 5s);
    CHECK(where.make_admin()->topic("a", 1s)->partitions == 7);
    CHECK(where.make_admin()->topic("b", 1s)->partitions == 3);
}

TEST_CASE("all topics that are missing and may not be created stand in one error") {
    bus::memory_bus where;
    CHECK_THROWS_WITH(bus::ensure_topics(where, wanted(), false, 5s),
                      Contains("\"a\"") && Contains("\"b\"") && Contains("off"));
    CHECK_FALSE(where.make_admin()->topic("a", 1s));
}

TEST_CASE("all topics whose creation is refused stand in one error, with the reason") {
    bus::memory_bus where;
    where.refuse_creation("not authorized");
    CHECK_THROWS_WITH(bus::ensure_topics(where, wanted(), true, 5s),
                      Contains("\"a\"") && Contains("\"b\"") && Contains("not authorized"));
}

TEST_CASE("a bus that does not answer is an error of its own") {
    bus::memory_bus where;
    where.set_down(true);
    CHECK_THROWS_AS(bus::ensure_topics(where, wanted(), true, 1s), bus::bus_error);
}

TEST_CASE("topics are made with their partitions and their own limit", "[contract]") {
    TAPES_ON_EACH_BUS;
    bus::topic_spec one;
    one.name = at->topic(1) + ".made";
    one.partitions = 5;
    one.retention = 3'600'000ms;
    one.max_message_bytes = where == "memory" ? 32ULL << 20 : 2'000'000;
    bus::ensure_topics(at->bus(), std::vector{one}, true, 20s);
    bus::ensure_topics(at->bus(), std::vector{one}, true, 20s);
    const auto admin = at->bus().make_admin();
    CHECK(admin->topic(one.name, 5s)->partitions == 5);
    CHECK(admin->max_message_bytes(one.name, 5s) == one.max_message_bytes);
    CHECK_THROWS_WITH(
        bus::ensure_topics(at->bus(), std::vector{bus::topic_spec{one.name + ".no"}}, false, 5s),
        Contains(one.name + ".no"));
}

TEST_CASE("a synchronous write tells whether the broker has the record", "[contract]") {
    TAPES_ON_EACH_BUS;
    const auto topic = at->topic(1);
    bus::sync_writer writer(at->bus());
    CHECK(writer.write({topic, "k", "v", {}, 1, 0}, 20s).written());
    CHECK(writer.write({topic, "k", std::string(40 << 20, 'x'), {}, 1, 0}, 20s).why ==
          bus::failure::too_large);
    CHECK(writer.write({topic, "k", "w", {}, 1, 0}, 20s).written());
    bus::test::recorder handler;
    bus::consumer_options how;
    how.topics = {topic};
    how.session_timeout = at->session();
    const auto consumer = at->bus().make_consumer(handler, how);
    REQUIRE(handler.wait_finished(2));
    CHECK(handler.values() == std::vector<std::string>{"v", "w"});
}

}  // namespace tapes::bus::topics_test
