#pragma once

#include <tapes/bus/consumer.hpp>
#include <tapes/bus/producer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace tapes::bus {

/// One line for people: who did not answer, or what was refused and why.
class bus_error : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A setting that can never work: an unknown property, a bad value. Trying again is useless.
class setting_error : public bus_error {
    using bus_error::bus_error;
};

/// Kafka's `max.message.bytes` of a topic that sets none; assumed where the broker does not tell.
inline constexpr std::uint64_t broker_default_limit = 1'048'588;

/// Describes a topic that is to exist.
struct topic_spec {
    std::string name;
    int partitions = 6;
    std::chrono::milliseconds retention{0};  ///< 0: the broker's default
    std::uint64_t max_message_bytes = 32ULL << 20;
};

/// Describes a topic that exists.
struct topic_info {
    int partitions = 0;
};

/// Looks after topics. One thread at a time. Every call but the destructor may throw bus_error.
class admin {
public:
    virtual ~admin() = default;

    /// Waits until a broker answers. Throws after `timeout`, with the brokers' names and the last reason.
    virtual void ping(std::chrono::milliseconds timeout) = 0;

    /// Finds a topic; returns nothing when there is none of this name.
    virtual std::optional<topic_info> topic(const std::string& name, std::chrono::milliseconds timeout) = 0;

    /// Creates a topic. A topic that exists is left as it is.
    virtual void create_topic(const topic_spec& wanted, std::chrono::milliseconds timeout) = 0;

    /// Returns the topic's `max.message.bytes`, or nothing when the broker does not tell (not allowed, not
    /// supported).
    virtual std::optional<std::uint64_t> max_message_bytes(const std::string& topic,
                                                           std::chrono::milliseconds timeout) = 0;
};

struct producer_options {
    std::uint64_t max_message_bytes = 1'000'000;  ///< of the topics it writes to: no batch grows larger
};

/// A message bus: publish and subscribe. Kafka (kafka.hpp), or in memory for tests (memory.hpp). Thread-safe;
/// outlives what it made.
class message_bus {
public:
    virtual ~message_bus() = default;

    /// Makes a producer. Throws setting_error. Does not wait for a broker. `events` outlives the producer.
    virtual std::unique_ptr<producer> make_producer(producer_events& events,
                                                    const producer_options& options) = 0;

    /// Makes a consumer. Throws setting_error. Does not wait for a broker, nor for the topics to exist.
    /// `handler` outlives the consumer.
    virtual std::unique_ptr<consumer> make_consumer(subscriber& handler, const consumer_options& options) = 0;

    /// Makes an admin. Throws setting_error. Does not wait for a broker.
    virtual std::unique_ptr<admin> make_admin() = 0;

    /// Names the bus in messages to people: "kafka brokers a:9092,b:9092".
    virtual std::string name() const = 0;
};

}  // namespace tapes::bus
