#pragma once

#include <tapes/bus/bus.hpp>
#include <tapes/bus/producer.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace tapes::publish {

/// The way of one type of event to its topic. A producer of its own: no batch may grow past the limit of its
/// topic, and limits differ.
struct topic_lane {
    std::string type;
    std::string topic;
    std::uint64_t limit = bus::broker_default_limit;
    std::unique_ptr<bus::producer> producer;  ///< while connected
};

}  // namespace tapes::publish
