#include "event_text.hpp"

#include <tapes/publish/event_record.hpp>
#include <tapes/publish/topic_names.hpp>
#include <tapes/store/dead_letters.hpp>

#include <span>

namespace tapes::publish {

void event_record::restart(std::string_view event_type, std::int64_t at_us) {
    type = event_type;
    id.clear();
    key.clear();
    value.clear();
    provider.clear();
    agent_name.clear();
    project.clear();
    extra.clear();
    timestamp_ms = at_us / 1000;
}

void make_node_record(event_record& out, const store::stored_node& node, content_form form) {
    out.restart(node_event_type, node.created_at_us);
    append_hex(out.id, node.hash);
    append_hex(out.key, node.root);
    out.provider = node.provider;
    out.agent_name = node.agent_name;
    out.project = node.project;
    append_node_event(out.value, node, form);
}

void make_exchange_record(event_record& out, const store::logged_exchange& ended) {
    out.restart(exchange_event_type, ended.committed_us);
    out.id = ended.id;
    if (ended.root) {
        append_hex(out.key, *ended.root);
    } else {
        out.key = ended.id;
    }
    out.provider = ended.provider;
    out.agent_name = ended.agent_name;
    out.project = ended.project;
    append_exchange_event(out.value, ended);
}

std::string_view type_of(const any_event& what) {
    if (std::holds_alternative<const store::stored_node*>(what)) {
        return node_event_type;
    }
    if (std::holds_alternative<const store::logged_exchange*>(what)) {
        return exchange_event_type;
    }
    return type_of(std::get<const store::kept_change*>(what)->what);
}

void make_record(event_record& out, const any_event& of, content_form form) {
    if (const auto* const node = std::get_if<const store::stored_node*>(&of)) {
        make_node_record(out, **node, form);
    } else if (const auto* const ended = std::get_if<const store::logged_exchange*>(&of)) {
        make_exchange_record(out, **ended);
    } else {
        make_letter_record(out, *std::get<const store::kept_change*>(of));
    }
}

std::uint64_t record_bytes(const event_record& of) {
    // What Kafka adds to a batch of one record (61 bytes and some lengths), and the names of the headers.
    constexpr std::uint64_t framing = 512;
    std::uint64_t bytes = framing + of.id.size() + 2 * of.type.size() + of.key.size() + of.value.size() +
                          of.provider.size() + of.agent_name.size() + of.project.size();
    for (const auto& [name, value] : of.extra) {
        bytes += name.size() + value.size() + 8;
    }
    return bytes;
}

outgoing::outgoing(const event_record& of, std::string_view topic, std::uint64_t opaque)
    : headers_{{
          {"event_id", of.id},
          {"event_type", of.type},
          {"schema", of.type},
          {"provider", of.provider},
          {"agent_name", of.agent_name},
          {"project", of.project},
          {"content-type", "application/json"},
      }} {
    std::size_t count = 7;
    for (const auto& [name, value] : of.extra) {
        if (count < headers_.size()) {
            headers_[count++] = {name.c_str(), value};
        }
    }
    record_ = {topic, of.key, of.value, std::span(headers_).first(count), of.timestamp_ms, opaque};
}

}  // namespace tapes::publish
