#pragma once

#include <tapes/store/received.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::event {

/// The largest event that is read; a larger one is refused.
struct event_limits {
    std::size_t bytes = 128U << 20U;
    std::size_t values = 8'000'000;  ///< JSON values, about
};

/// An event `tapes.node.v1` that was read.
struct node_event {
    store::received_node node;
    bool by_reference = false;  ///< it names its content only: see `add_content`
    std::uint64_t content_bytes = 0;
};

/// Either an event, or why there is none.
struct node_event_result {
    std::optional<node_event> event;
    std::string refusal;  ///< for people; "" when there is an event
};

/// Reads the value of a message (docs/events.md) and proves it: the node's hash is computed from what it
/// holds, and must be the one that it names. An event by reference is proved by `add_content`. Unknown
/// members are ignored. Takes any bytes; pure.
node_event_result read_node_event(std::string_view value, const event_limits& limits = {});

/// Gives an event by reference its content: `found` is the whole event of that node, or a JSON object that
/// has its `content` (also within `bucket`, or `node`). Returns why it is not that, "" when the event is
/// proved.
std::string add_content(node_event& target, std::string_view found, const event_limits& limits = {});

}  // namespace tapes::event
