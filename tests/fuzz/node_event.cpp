// Any bytes are an event or none. What is accepted is proved: its hash follows from what was read, and the
// event that is written of it reads back as the same node.
#include "storable.hpp"

#include <tapes/event/event.hpp>
#include <tapes/event/node_reader.hpp>

namespace {

using namespace tapes;
using fuzz::require;

store::stored_node stored(const store::received_node& from) {
    store::stored_node made;
    made.hash = from.hash;
    made.parent = from.parent;
    made.root = from.root;
    made.role = from.role;
    made.content = from.content;
    made.model = from.identity.model;
    made.provider = from.identity.provider;
    made.agent_name = from.identity.agent_name;
    made.project = from.project;
    made.stop_reason = from.stop_reason;
    made.used = from.used;
    made.created_at_us = from.created_at_us;
    return made;
}

void require_proved(const store::received_node& node) {
    fuzz::require_text(node.content);
    const auto hash = merkle::hash_stored(node.parent, node.identity, node.role, node.content);
    require(hash && *hash == node.hash, "what is accepted has the hash that it names");
    if (!node.match_content.empty()) {
        require(merkle::hash_stored({}, node.identity, node.role, node.match_content).has_value(),
                "the match form has a hash");
    }
    std::string event;
    event::append_node_event(event, stored(node), event::content_form::whole);
    const auto again = event::read_node_event(event);
    require(again.event.has_value(), "the event of a node that was read can be read");
    require(again.event->node.content == node.content, "and has the same content");
    require(again.event->node.match_content == node.match_content, "and the same match");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    auto found = event::read_node_event(bytes);
    require(found.event.has_value() == found.refusal.empty(), "an event, or a reason");
    if (!found.event) {
        return 0;
    }
    if (!found.event->by_reference) {
        require_proved(found.event->node);
    } else if (event::add_content(*found.event, bytes).empty()) {
        require_proved(found.event->node);
    }
    return 0;
}
