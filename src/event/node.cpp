#include <tapes/event/event.hpp>
#include <tapes/event/members.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/text/hex.hpp>
#include <tapes/text/rfc3339.hpp>

namespace tapes::event {
namespace {

/// Returns where the content stands.
std::size_t append_bucket(std::string& out, const store::stored_node& node, content_form form) {
    out += R"("bucket":{"type":"message","role":)";
    merkle::append_json_string(out, node.role);
    std::size_t place = 0;
    if (form == content_form::whole) {
        out += ",\"content\":";
        place = out.size();
        out += node.content;
    } else {
        out += ",\"content_ref\":{\"hash\":\"";
        text::append_hex(out, node.hash);
        out += "\",\"bytes\":";
        append_int(out, static_cast<std::int64_t>(node.content.size()));
        out += '}';
    }
    append_member(out, "model", node.model);
    append_member(out, "provider", node.provider);
    append_filled(out, "agent_name", node.agent_name);
    out += '}';
    return place;
}

std::size_t append_event(std::string& out, const store::stored_node& node, content_form form) {
    out += "{\"schema\":\"";
    out += node_event_type;
    out += "\",\"root_hash\":\"";
    text::append_hex(out, node.root);
    out += "\",\"occurred_at\":\"";
    text::append_rfc3339(out, node.created_at_us);
    out += "\",\"node\":{\"hash\":\"";
    text::append_hex(out, node.hash);
    out += "\",\"parent_hash\":";
    if (node.parent) {
        out += '"';
        text::append_hex(out, *node.parent);
        out += "\",";
    } else {
        out += "null,";
    }
    const auto place = append_bucket(out, node, form);
    append_filled(out, "stop_reason", node.stop_reason);
    append_usage(out, node.used);
    append_filled(out, "project", node.project);
    out += "}}";
    return place;
}

}  // namespace

void append_node_event(std::string& out, const store::stored_node& node, content_form form) {
    append_event(out, node, form);
}

node_event_frame frame_of(const store::stored_node& head) {
    node_event_frame made;
    const auto place = append_event(made.before, head, content_form::whole);
    made.behind = made.before.substr(place);
    made.before.resize(place);
    return made;
}

}  // namespace tapes::event
