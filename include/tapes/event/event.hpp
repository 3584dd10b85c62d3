#pragma once

#include <tapes/event/types.hpp>
#include <tapes/store/log_events.hpp>
#include <tapes/store/reader.hpp>

#include <string>

namespace tapes::store {
struct kept_change;
}  // namespace tapes::store

namespace tapes::event {

/// How an event shows the content of its node.
enum class content_form {
    whole,      ///< "content": the blocks
    reference,  ///< "content_ref": {"hash","bytes"} in its place, for a topic whose limit it would exceed
};

/// Appends the event `tapes.node.v1` of a committed node: the same bytes for the same node, always
/// (docs/events.md). `node.content` is taken as it is. Pure.
void append_node_event(std::string& out, const store::stored_node& node, content_form form);

/// The event of a node without the content, which stands between.
struct node_event_frame {
    std::string before, behind;
};
/// `head` has no content. Pure.
node_event_frame frame_of(const store::stored_node& head);

/// Appends the event `tapes.exchange.v1` of a committed exchange. Pure.
void append_exchange_event(std::string& out, const store::logged_exchange& exchange);

/// Appends the event that announces a change of a dead letter; `type_of` gives its type. It holds only what
/// never changes: what the letter came with, and all of the change. Pure.
void append_letter_event(std::string& out, const store::kept_change& change);

}  // namespace tapes::event
