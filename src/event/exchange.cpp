#include <tapes/event/event.hpp>
#include <tapes/event/members.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/text/hex.hpp>

namespace tapes::event {
namespace {

void append_times(std::string& out, const store::logged_exchange& exchange) {
    append_time(out, "accepted_at", exchange.accepted_us);
    if (exchange.first_byte_us) {
        append_time(out, "first_byte_at", *exchange.first_byte_us);
    }
    if (exchange.last_byte_us) {
        append_time(out, "last_byte_at", *exchange.last_byte_us);
    }
    append_time(out, "committed_at", exchange.committed_us);
}

}  // namespace

void append_exchange_event(std::string& out, const store::logged_exchange& exchange) {
    out += "{\"schema\":\"";
    out += exchange_event_type;
    out += "\",\"root_hash\":";
    if (exchange.root) {
        out += '"';
        text::append_hex(out, *exchange.root);
        out += '"';
    } else {
        out += "null";
    }
    append_time(out, "occurred_at", exchange.committed_us);
    out += ",\"exchange\":{\"id\":";
    merkle::append_json_string(out, exchange.id);
    append_filled(out, "api", exchange.api);
    append_member(out, "method", exchange.method);
    append_member(out, "path", exchange.path);
    append_member(out, "provider", exchange.provider);
    append_filled(out, "agent_name", exchange.agent_name);
    append_filled(out, "project", exchange.project);
    append_filled(out, "session", exchange.session);
    append_filled(out, "caller", exchange.caller);
    append_filled(out, "model", exchange.model);
    append_filled(out, "response_model", exchange.response_model);
    append_filled(out, "response_id", exchange.response_id);
    if (exchange.status) {
        out += ",\"status\":";
        append_int(out, *exchange.status);
    }
    out += exchange.streamed ? ",\"streamed\":true" : ",\"streamed\":false";
    append_times(out, exchange);
    append_usage(out, exchange.used);
    append_filled(out, "stop_reason", exchange.stop_reason);
    append_member(out, "end_reason", exchange.end_reason);
    append_filled(out, "drop_reason", exchange.drop_reason);
    if (exchange.head) {
        out += ",\"head_hash\":\"";
        text::append_hex(out, *exchange.head);
        out += '"';
    }
    out += "}}";
}

}  // namespace tapes::event
