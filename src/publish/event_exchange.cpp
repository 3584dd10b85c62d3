#include "event_text.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/publish/event.hpp>
#include <tapes/publish/topic_names.hpp>

namespace tapes::publish {
namespace {

void append_times(std::string& out, const store::logged_exchange& ended) {
    append_time(out, "accepted_at", ended.accepted_us);
    if (ended.first_byte_us) {
        append_time(out, "first_byte_at", *ended.first_byte_us);
    }
    if (ended.last_byte_us) {
        append_time(out, "last_byte_at", *ended.last_byte_us);
    }
    append_time(out, "committed_at", ended.committed_us);
}

}  // namespace

void append_exchange_event(std::string& out, const store::logged_exchange& ended) {
    out += "{\"schema\":\"";
    out += exchange_event_type;
    out += "\",\"root_hash\":";
    if (ended.root) {
        out += '"';
        append_hex(out, *ended.root);
        out += '"';
    } else {
        out += "null";
    }
    append_time(out, "occurred_at", ended.committed_us);
    out += ",\"exchange\":{\"id\":";
    merkle::append_json_string(out, ended.id);
    append_filled(out, "api", ended.api);
    append_member(out, "method", ended.method);
    append_member(out, "path", ended.path);
    append_member(out, "provider", ended.provider);
    append_filled(out, "agent_name", ended.agent_name);
    append_filled(out, "project", ended.project);
    append_filled(out, "session", ended.session);
    append_filled(out, "model", ended.model);
    append_filled(out, "response_model", ended.response_model);
    append_filled(out, "response_id", ended.response_id);
    if (ended.status) {
        out += ",\"status\":";
        append_int(out, *ended.status);
    }
    out += ended.streamed ? ",\"streamed\":true" : ",\"streamed\":false";
    append_times(out, ended);
    append_usage(out, ended.used);
    append_filled(out, "stop_reason", ended.stop_reason);
    append_member(out, "end_reason", ended.end_reason);
    append_filled(out, "drop_reason", ended.drop_reason);
    if (ended.head) {
        out += ",\"head_hash\":\"";
        append_hex(out, *ended.head);
        out += '"';
    }
    out += "}}";
}

}  // namespace tapes::publish
