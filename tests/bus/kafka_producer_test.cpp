#include "kafka_producer.hpp"

#include "mock_cluster.hpp"

#include <tapes/bus/kafka.hpp>

#include <catch2/catch.hpp>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

namespace tapes::bus::kafka_producer_test {

using namespace tapes;
using namespace std::chrono_literals;
using bus::test::mock_cluster;
using Catch::Matchers::Contains;

namespace {

class recorded_events : public bus::producer_events {
public:
    void delivered(std::span<const bus::delivery_report> reports) override {
        const std::lock_guard hold(mutex_);
        for (const auto& report : reports) {
            ++count_[report.opaque];
            why_[report.opaque] = report.why;
        }
        changed_.notify_all();
    }
    void trouble(bus::severity how_bad, std::string_view what) override {
        const std::lock_guard hold(mutex_);
        fatal_ = fatal_ || how_bad == bus::severity::fatal;
        unreachable_ = unreachable_ || how_bad == bus::severity::unreachable;
        text_ = what;
        changed_.notify_all();
    }
    bool wait_for(std::size_t reports) {
        std::unique_lock hold(mutex_);
        return changed_.wait_for(hold, 60s, [&] { return count_.size() >= reports; });
    }
    bool wait_unreachable() {
        std::unique_lock hold(mutex_);
        return changed_.wait_for(hold, 60s, [&] { return unreachable_; });
    }
    bool wait_fatal() {
        std::unique_lock hold(mutex_);
        return changed_.wait_for(hold, 60s, [&] { return fatal_; });
    }
    bus::failure why(std::uint64_t opaque) {
        const std::lock_guard hold(mutex_);
        return why_.at(opaque);
    }
    std::map<std::uint64_t, int> counts() {
        const std::lock_guard hold(mutex_);
        return count_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::uint64_t, int> count_;
    std::map<std::uint64_t, bus::failure> why_;
    bool fatal_ = false;
    bool unreachable_ = false;
    std::string text_;
};

bus::record record_of(std::string_view value, std::uint64_t opaque) {
    return {"events", "key", value, {}, 1'700'000'000'000, opaque};
}

}  // namespace

TEST_CASE("every accepted record is reported once, with its opaque value") {
    mock_cluster cluster;
    recorded_events events;
    const auto bus = bus::make_kafka_bus(cluster.settings());
    const auto producer = bus->make_producer(events, {});
    const bus::header headers[] = {{"event_id", "1"}, {"empty", ""}};
    for (std::uint64_t i = 0; i < 500; ++i) {
        auto one = record_of("value", (1ULL << 40) + i);
        one.headers = headers;
        REQUIRE(producer->produce(one).status == bus::acceptance::accepted);
    }
    REQUIRE(producer->flush(std::chrono::steady_clock::now() + 60s));
    REQUIRE(events.wait_for(500));
    for (const auto& [opaque, count] : events.counts()) {
        CHECK(count == 1);
        CHECK(events.why(opaque) == bus::failure::none);
    }
}

TEST_CASE("a record over the topic's limit is refused at once and for good") {
    mock_cluster cluster;
    recorded_events events;
    const auto producer = bus::make_kafka_bus(cluster.settings())->make_producer(events, {2000});
    const auto result = producer->produce(record_of(std::string(3000, 'x'), 1));
    CHECK(result.status == bus::acceptance::refused);
    CHECK_FALSE(result.reason.empty());
    CHECK(producer->produce(record_of("small", 2)).status == bus::acceptance::accepted);
    CHECK(producer->flush(std::chrono::steady_clock::now() + 60s));
}

TEST_CASE("while the broker is down records wait, and are delivered when it is back") {
    mock_cluster cluster;
    recorded_events events;
    const auto producer = bus::make_kafka_bus(cluster.settings())->make_producer(events, {});
    REQUIRE(producer->produce(record_of("before", 1)).status == bus::acceptance::accepted);
    REQUIRE(events.wait_for(1));
    cluster.set_down(true);
    REQUIRE(producer->produce(record_of("during", 2)).status == bus::acceptance::accepted);
    REQUIRE(events.wait_unreachable());
    CHECK_FALSE(producer->flush(std::chrono::steady_clock::now()));
    CHECK(events.counts().size() == 1);
    cluster.set_down(false);
    REQUIRE(events.wait_for(2));
    CHECK(events.why(2) == bus::failure::none);
}

TEST_CASE("errors that pass are retried by the client, unseen") {
    mock_cluster cluster;
    cluster.fail_produce(RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    cluster.fail_produce(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    cluster.fail_produce(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    recorded_events events;
    const auto producer = bus::make_kafka_bus(cluster.settings())->make_producer(events, {});
    REQUIRE(producer->produce(record_of("value", 1)).status == bus::acceptance::accepted);
    REQUIRE(events.wait_for(1));
    CHECK(events.why(1) == bus::failure::none);
}

TEST_CASE("a batch that the broker refuses for good is reported as such and stops the client") {
    mock_cluster cluster;
    recorded_events events;
    const auto producer = bus::make_kafka_bus(cluster.settings())->make_producer(events, {});
    cluster.fail_produce(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    REQUIRE(producer->produce(record_of("value", 1)).status == bus::acceptance::accepted);
    REQUIRE(events.wait_for(1));
    CHECK(events.why(1) == bus::failure::too_large);
    REQUIRE(events.wait_fatal());
    CHECK(producer->produce(record_of("value", 2)).status == bus::acceptance::broken);
}

TEST_CASE("a refusal by authorization may pass, so it is not permanent") {
    mock_cluster cluster;
    recorded_events events;
    const auto producer = bus::make_kafka_bus(cluster.settings())->make_producer(events, {});
    cluster.fail_produce(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    REQUIRE(producer->produce(record_of("value", 1)).status == bus::acceptance::accepted);
    REQUIRE(events.wait_for(1));
    CHECK(events.why(1) == bus::failure::transient);
}

TEST_CASE("what is not delivered when a producer ends is reported as purged") {
    mock_cluster cluster;
    cluster.set_down(true);
    recorded_events events;
    auto producer = bus::make_kafka_bus(cluster.settings())->make_producer(events, {});
    for (std::uint64_t i = 0; i < 100; ++i) {
        REQUIRE(producer->produce(record_of("value", i)).status == bus::acceptance::accepted);
    }
    producer.reset();
    REQUIRE(events.counts().size() == 100);
    CHECK(events.why(0) == bus::failure::purged);
}

TEST_CASE("a full queue is back pressure") {
    mock_cluster cluster;
    cluster.set_down(true);
    auto settings = cluster.settings();
    settings.properties["queue.buffering.max.messages"] = "10";
    recorded_events events;
    const auto producer = bus::make_kafka_bus(settings)->make_producer(events, {});
    for (std::uint64_t i = 0; i < 10; ++i) {
        REQUIRE(producer->produce(record_of("value", i)).status == bus::acceptance::accepted);
    }
    CHECK(producer->produce(record_of("value", 10)).status == bus::acceptance::queue_full);
}

TEST_CASE("a property that librdkafka does not know is an error that names it") {
    CHECK_THROWS_WITH(bus::make_kafka_bus({{"127.0.0.1:1"}, "", {{"linger.mss", "5"}}}),
                      Contains("\"linger.mss\""));
    CHECK_THROWS_WITH(bus::make_kafka_bus({{"127.0.0.1:1"}, "", {{"linger.ms", "soon"}}}),
                      Contains("linger.ms"));
    CHECK_THROWS_AS(bus::make_kafka_bus({{"127.0.0.1:1"}, "", {{"acks", "1"}}}), bus::setting_error);
    CHECK_THROWS_AS(bus::make_kafka_bus({{"127.0.0.1:1"}, "", {{"delivery.report.only.error", "true"}}}),
                    bus::setting_error);
}

TEST_CASE("the value of a secret property is not repeated in the error") {
    try {
        bus::make_kafka_bus({{"127.0.0.1:1"},
                             "",
                             {{"sasl.oauthbearer.client.secret", ""}, {"ssl.key.pem", "hunter2hunter2"}}});
        FAIL("a key that is no PEM was accepted");
    } catch (const bus::setting_error& error) {
        CHECK_THAT(error.what(), !Contains("hunter2"));
    }
}

TEST_CASE("a property of the user wins over ours") {
    CHECK_NOTHROW(
        bus::make_kafka_bus({{"127.0.0.1:1"}, "", {{"enable.idempotence", "false"}, {"acks", "1"}}}));
    CHECK_NOTHROW(bus::make_kafka_bus({{"127.0.0.1:1"}, "", {{"queue.buffering.max.ms", "50"}}}));
}

TEST_CASE("a ping that nobody answers names the brokers and the reason") {
    const auto bus = bus::make_kafka_bus({{"127.0.0.1:1"}, "", {}});
    const auto start = std::chrono::steady_clock::now();
    CHECK_THROWS_WITH(bus->make_admin()->ping(1s), Contains("127.0.0.1:1") && Contains("refused"));
    CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("an admin sees a topic that exists and one that does not") {
    mock_cluster cluster;
    const auto admin = bus::make_kafka_bus(cluster.settings())->make_admin();
    admin->ping(10s);
    const auto found = admin->topic("events", 10s);
    REQUIRE(found);
    CHECK(found->partitions == 6);
}

}  // namespace tapes::bus::kafka_producer_test
