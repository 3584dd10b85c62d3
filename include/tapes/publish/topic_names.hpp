#pragma once

#include <array>
#include <string>
#include <string_view>

namespace tapes::publish {

inline constexpr std::string_view exchange_event_type = "tapes.exchange.v1";
inline constexpr std::string_view dead_letter_received_type = "tapes.dead_letter.received.v1";
inline constexpr std::string_view dead_letter_retried_type = "tapes.dead_letter.retried.v1";
inline constexpr std::string_view dead_letter_discarded_type = "tapes.dead_letter.discarded.v1";

/// Which topic an event goes to: nodes to the configured one, every other type to a topic of its own with its
/// name. An immutable value.
class topic_names {
public:
    /// `prefix` stands before the names of the other types as it is ("prod." gives "prod.tapes.exchange.v1").
    /// Throws std::invalid_argument, naming the topic: a name that Kafka does not take.
    explicit topic_names(std::string node_topic, std::string prefix = "");

    /// `event_type`: "tapes.node.v1", or any other.
    std::string topic_of(std::string_view event_type) const;

private:
    std::string node_topic_;
    std::string prefix_;
};

/// Whether Kafka takes it: 1 to 249 of [a-zA-Z0-9._-], but neither "." nor "..".
bool valid_topic(std::string_view name);

}  // namespace tapes::publish
