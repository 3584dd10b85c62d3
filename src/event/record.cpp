#include <tapes/event/members.hpp>
#include <tapes/event/record.hpp>
#include <tapes/store/dead_letters.hpp>
#include <tapes/text/hex.hpp>

namespace tapes::event {

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
    text::append_hex(out.id, node.hash);
    text::append_hex(out.key, node.root);
    out.provider = node.provider;
    out.agent_name = node.agent_name;
    out.project = node.project;
    append_node_event(out.value, node, form);
}

void make_exchange_record(event_record& out, const store::logged_exchange& exchange) {
    out.restart(exchange_event_type, exchange.committed_us);
    out.id = exchange.id;
    if (exchange.root) {
        text::append_hex(out.key, *exchange.root);
    } else {
        out.key = exchange.id;
    }
    out.provider = exchange.provider;
    out.agent_name = exchange.agent_name;
    out.project = exchange.project;
    append_exchange_event(out.value, exchange);
}

std::string_view type_of(const any_event& source) {
    if (std::holds_alternative<const store::stored_node*>(source)) {
        return node_event_type;
    }
    if (std::holds_alternative<const store::logged_exchange*>(source)) {
        return exchange_event_type;
    }
    return type_of(std::get<const store::kept_change*>(source)->kind);
}

void make_record(event_record& out, const any_event& source, content_form form) {
    if (const auto* const node = std::get_if<const store::stored_node*>(&source)) {
        make_node_record(out, **node, form);
    } else if (const auto* const exchange = std::get_if<const store::logged_exchange*>(&source)) {
        make_exchange_record(out, **exchange);
    } else {
        make_letter_record(out, *std::get<const store::kept_change*>(source));
    }
}

std::uint64_t record_bytes(const event_record& record) {
    // What Kafka adds to a batch of one record (61 bytes and some lengths), and the names of the headers.
    constexpr std::uint64_t framing = 512;
    std::uint64_t bytes = framing + record.id.size() + 2 * record.type.size() + record.key.size() +
                          record.value.size() + record.provider.size() + record.agent_name.size() +
                          record.project.size();
    for (const auto& [name, value] : record.extra) {
        bytes += name.size() + value.size() + 8;
    }
    return bytes;
}

}  // namespace tapes::event
