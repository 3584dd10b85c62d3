#pragma once

#include <tapes/bus/bus.hpp>
#include <tapes/publish/event.hpp>
#include <tapes/store/reader.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tapes::publish {

/// Where events go. Used by one thread at a time; it outlives no bus that it was given. Between `connect` and
/// `disconnect` it tells the `events` of the connection what becomes of what it accepted.
class publisher {
public:
    virtual ~publisher() = default;

    /// Reaches the destination and makes it fit (a topic that is missing is created where that is allowed),
    /// or throws bus::bus_error with one clear line after about `timeout`, or soon after `cancelled` becomes
    /// true.
    virtual void connect(bus::producer_events& events, std::chrono::milliseconds timeout,
                         const std::atomic<bool>& cancelled) = 0;

    /// Accepts the event of `node`; `opaque` comes back in its report. A node over the destination's limit
    /// goes by reference on its own; `form` reference forces it. Never blocks.
    virtual bus::produce_result publish(const store::stored_node& node, content_form form,
                                        std::uint64_t opaque) = 0;

    /// Gives up what is not delivered. When it returns, all that was accepted has been reported, and nothing
    /// of the connection calls its `events` any more.
    virtual void disconnect() = 0;

    /// Names the destination, "a:9092,b:9092/topic"; "" when there is nothing to reach.
    virtual std::string destination() const = 0;
};

/// `--publisher nop`: accepts everything, keeps nothing, reports it delivered.
std::unique_ptr<publisher> make_nop_publisher();

/// `[publisher.kafka]`, what concerns the topic.
struct topic_settings {
    std::string topic;
    bool create = true;                      ///< when it is missing
    int partitions = 6;                      ///< of a topic that we create, as the next two
    std::chrono::milliseconds retention{0};  ///< 0: the broker's default
    std::uint64_t max_message_bytes = 32ULL << 20;
};

/// Publishes to a topic of a message bus (Kafka, or in memory). `brokers` names it in `destination`. `where`
/// must outlive the publisher.
std::unique_ptr<publisher> make_bus_publisher(bus::message_bus& where, std::string brokers,
                                              topic_settings settings);

}  // namespace tapes::publish
