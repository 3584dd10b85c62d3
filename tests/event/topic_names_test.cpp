#include <tapes/event/event.hpp>
#include <tapes/event/topic_names.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>

namespace tapes::event::topic_names_test {

using namespace tapes::event;
using Catch::Matchers::Contains;

TEST_CASE("nodes go to the configured topic, every other type to the topic of its name") {
    const topic_names names("conversations");
    CHECK(names.topic_of(node_event_type) == "conversations");
    CHECK(names.topic_of(exchange_event_type) == "tapes.exchange.v1");
    CHECK(names.topic_of(dead_letter_received_type) == "tapes.dead_letter.received.v1");
    CHECK(names.topic_of(dead_letter_retried_type) == "tapes.dead_letter.retried.v1");
    CHECK(names.topic_of(dead_letter_discarded_type) == "tapes.dead_letter.discarded.v1");
}

TEST_CASE("a prefix stands before the other types, not before the configured topic") {
    const topic_names names("conversations", "prod.");
    CHECK(names.topic_of(node_event_type) == "conversations");
    CHECK(names.topic_of(exchange_event_type) == "prod.tapes.exchange.v1");
}

TEST_CASE("a name that Kafka does not take is an error that shows it") {
    CHECK_THROWS_WITH(topic_names("a b"), Contains("\"a b\""));
    CHECK_THROWS_WITH(topic_names("t", "prod/"), Contains("prod/tapes.exchange.v1"));
    CHECK_THROWS_AS(topic_names(""), std::invalid_argument);
    CHECK_FALSE(valid_topic(".."));
    CHECK_FALSE(valid_topic(std::string(250, 'a')));
    CHECK(valid_topic(std::string(249, 'a')));
    CHECK(valid_topic("A-z_0.9"));
}

}  // namespace tapes::event::topic_names_test
