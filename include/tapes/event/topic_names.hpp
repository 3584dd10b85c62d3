#pragma once

#include <string>
#include <string_view>

namespace tapes::event {

/// Which topic an event goes to: nodes to the configured one, every other type to a topic of its own with its
/// name. An immutable value.
class topic_names {
public:
    /// `prefix` stands before the names of the other types as it is ("prod." gives "prod.tapes.exchange.v1").
    /// Throws std::invalid_argument, naming the topic: a name that Kafka does not take.
    explicit topic_names(std::string node_topic, std::string prefix = "");

    /// Returns the topic of "tapes.node.v1", or of any other type.
    std::string topic_of(std::string_view event_type) const;

private:
    std::string node_topic_;
    std::string prefix_;
};

/// Tells whether Kafka takes the name: 1 to 249 of [a-zA-Z0-9._-], but neither "." nor "..".
bool valid_topic(std::string_view name);

}  // namespace tapes::event
