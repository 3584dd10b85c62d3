#pragma once

#include <tapes/bus/producer.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace tapes::publish {

/// `max.message.bytes` of a topic that says nothing else; for when a broker does not tell.
inline constexpr std::uint64_t broker_default_limit = 1'048'588;

/// The way of one type of event to its topic. A producer of its own: no batch may grow past the limit of its
/// topic, and limits differ.
struct topic_lane {
    std::string type;
    std::string topic;
    std::uint64_t limit = broker_default_limit;
    std::unique_ptr<bus::producer> producer;  ///< while connected
};

}  // namespace tapes::publish
