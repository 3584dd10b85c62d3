#pragma once

#include <tapes/bus/bus.hpp>
#include <tapes/bus/sync_writer.hpp>
#include <tapes/event/record.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::publish {

/// A destination of events. Used by one thread at a time; it outlives no bus that it was given. Between
/// `connect` and `disconnect` it tells the `events` of the connection what becomes of what it accepted.
class publisher {
public:
    virtual ~publisher() = default;

    /// Reaches the destination and makes it fit (a topic that is missing is created where that is allowed),
    /// or throws bus::bus_error with one clear line after about `timeout`, or soon after `cancelled` becomes
    /// true.
    virtual void connect(bus::producer_events& events, std::chrono::milliseconds timeout,
                         const std::atomic<bool>& cancelled) = 0;

    /// Accepts an event; `opaque` comes back in its report. A node over the destination's limit goes by
    /// reference on its own; `form` reference forces it. Never blocks.
    virtual bus::produce_result publish(const event::any_event& source, event::content_form form,
                                        std::uint64_t opaque) = 0;

    /// Writes an event that can never be delivered to where the destination keeps such, and returns when it
    /// is there, or not, after about `timeout`. Also while not connected.
    virtual bus::write_result write_dead(const event::any_event& source, const std::string& reason,
                                         std::chrono::milliseconds timeout) = 0;

    /// Names the topic of events of this type; "" where the destination has no names.
    virtual std::string topic_of(std::string_view event_type) const = 0;

    /// Gives up what is not delivered. When it returns, all that was accepted has been reported, and nothing
    /// of the connection calls its `events` any more.
    virtual void disconnect() = 0;

    /// Names the destination, "a:9092,b:9092/topic"; "" when there is nothing to reach.
    virtual std::string destination() const = 0;
};

/// `--publisher nop`: accepts everything, keeps nothing, reports it delivered.
std::unique_ptr<publisher> make_nop_publisher();

/// The part of `[publisher.kafka]` that concerns topics.
struct topic_settings {
    std::string topic;     ///< of nodes
    std::string prefix{};  ///< of the names of the others, see event::topic_names
    std::string source{};  ///< header `source` of every event; "": none
    /// Types that are published: their topics must be there, or connecting fails.
    std::vector<std::string> event_types{std::string(event::node_event_type)};
    /// Types that somebody else publishes there. Their topics, and those of dead letters, are made with the
    /// first connection; a warning names those that are missing after all.
    std::vector<std::string> other_types{};
    bool create = true;                      ///< when one is missing
    int partitions = 6;                      ///< of a topic that we create, as the next two
    std::chrono::milliseconds retention{0};  ///< 0: the broker's default
    std::uint64_t max_message_bytes = 32ULL << 20;
};

/// Publishes to topics of a message bus (Kafka, or in memory), one for each type of event. `brokers` names it
/// in `destination`. `bus` must outlive the publisher. Throws std::invalid_argument for a topic's name that
/// Kafka does not take.
std::unique_ptr<publisher> make_bus_publisher(bus::message_bus& bus, std::string brokers,
                                              topic_settings settings);

}  // namespace tapes::publish
