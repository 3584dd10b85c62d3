#pragma once

#include <tapes/store/received.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::publish {

/// What is read of an event at most. Beyond it is refused.
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
/// holds, and must be the one that it names. Of an event by reference that is left to `add_content`. Members
/// that are not known are ignored. Takes any bytes; pure.
node_event_result read_node_event(std::string_view value, const event_limits& limits = {});

/// Gives an event by reference its content: `found` is the whole event of that node, or a JSON object that
/// has its `content` (also within `bucket`, or `node`). Returns why it is not that, "" when the event is
/// proved.
std::string add_content(node_event& to, std::string_view found, const event_limits& limits = {});

/// Microseconds since the epoch of a date in RFC 3339, digits behind the sixth cut off; nothing where it is
/// none. Pure.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace tapes::publish
