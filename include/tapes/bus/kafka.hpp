#pragma once

#include <tapes/bus/bus.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tapes::bus {

/// How to reach Kafka. Defaults of ours: idempotence without gaps, acks=all, zstd, linger 5 ms, no message
/// timeout, partitioner fnv1a, no automatic creation of topics; see docs/events.md.
struct kafka_settings {
    std::vector<std::string> brokers;  ///< host:port, at least one
    std::string client_id;             ///< "": librdkafka's default
    /// librdkafka's properties as they are; each wins over ours.
    std::map<std::string, std::string> properties;
};

/// Kafka through librdkafka: a client with a thread of ours per producer. Throws setting_error when the
/// settings can make no client, naming the property.
std::unique_ptr<message_bus> make_kafka_bus(kafka_settings settings);

}  // namespace tapes::bus
