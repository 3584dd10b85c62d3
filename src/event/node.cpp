#include <tapes/event/event.hpp>
#include <tapes/event/members.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/text/hex.hpp>
#include <tapes/text/rfc3339.hpp>

namespace tapes::event {
namespace {

void append_bucket(std::string& out, const store::stored_node& node, content_form form) {
    out += R"("bucket":{"type":"message","role":)";
    merkle::append_json_string(out, node.role);
    if (form == content_form::whole) {
        out += ",\"content\":";
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
}

}  // namespace

void append_node_event(std::string& out, const store::stored_node& node, content_form form) {
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
    append_bucket(out, node, form);
    append_filled(out, "stop_reason", node.stop_reason);
    append_usage(out, node.used);
    append_filled(out, "project", node.project);
    out += "}}";
}

}  // namespace tapes::event
