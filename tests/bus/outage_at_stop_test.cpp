// What is stopped while no broker answers ends in its time.
#include "contract.hpp"
#include "mock_cluster.hpp"

#include <tapes/bus/kafka.hpp>
#include <tapes/bus/sync_writer.hpp>

#include <catch2/catch.hpp>

#include <future>

namespace tapes::bus::outage_at_stop_test {

using namespace tapes;
using namespace std::chrono_literals;
using bus::test::mock_cluster;
using std::chrono::steady_clock;

namespace {

bus::consumer_options options(const std::string& topic) {
    bus::consumer_options made;
    made.topics = {topic};
    made.session_timeout = 4s;   // the mock holds a first join for 3 s
    made.commit_interval = 10s;  // that is, at the stop
    return made;
}

bool assigned(const bus::consumer& consumer) {
    return !consumer.status().partitions.empty();
}

}  // namespace

TEST_CASE("a consumer whose last commit nobody answers stops in its time", "[kafka]") {
    mock_cluster cluster;
    cluster.create_topic("t", 2);
    const auto bus = bus::make_kafka_bus(cluster.settings());
    bus::test::recorder handler;
    const auto consumer = bus->make_consumer(handler, options("t"));
    bus::test::send(*bus, "t", bus::test::numbered(6, 6));
    REQUIRE(handler.wait_finished(6));
    cluster.set_down(true);
    const auto begun = steady_clock::now();
    CHECK_FALSE(consumer->stop(begun + 4s));
    CHECK(steady_clock::now() - begun < 8s);
    CHECK(consumer->status().state == bus::consumer_state::stopped);
}

TEST_CASE("a consumer that had nothing to handle stops in its time while the brokers are away", "[kafka]") {
    mock_cluster cluster;
    cluster.create_topic("t", 2);
    const auto bus = bus::make_kafka_bus(cluster.settings());
    bus::test::recorder handler;
    auto consumer = bus->make_consumer(handler, options("t"));
    REQUIRE(bus::test::eventually([&] { return assigned(*consumer); }));
    cluster.set_down(true);
    SECTION("when it is told to") {
        const auto begun = steady_clock::now();
        (void)consumer->stop(begun + 3s);
        CHECK(steady_clock::now() - begun < 8s);
    }
    SECTION("when it is destroyed") {
        const auto begun = steady_clock::now();
        consumer.reset();
        CHECK(steady_clock::now() - begun < 10s);
    }
}

TEST_CASE("a synchronous write that nobody answers ends when all is to be finished", "[kafka]") {
    mock_cluster cluster;
    const auto bus = bus::make_kafka_bus(cluster.settings());
    bus::sync_writer writer(*bus);
    cluster.set_down(true);
    auto waiting = std::async(std::launch::async, [&] {
        return writer.write({"events", "k", "v", {}, 1, 0}, 60s);
    });
    CHECK(waiting.wait_for(200ms) == std::future_status::timeout);
    const auto begun = steady_clock::now();
    writer.finish_by(begun + 100ms);
    CHECK(waiting.get().why == bus::failure::transient);
    CHECK(writer.write({"events", "k", "w", {}, 1, 0}, 60s).why == bus::failure::transient);
    CHECK(steady_clock::now() - begun < 20s);
}

}  // namespace tapes::bus::outage_at_stop_test
