#include "json/values.hpp"

#include <tapes/read/json.hpp>

namespace tapes::read {

ordered_json exchange_details_json(const exchange_details& from) {
    auto pieces = ordered_json::array();
    for (const auto& one : from.pieces) {
        pieces.push_back({one.at_us, one.bytes});
    }
    auto nodes = ordered_json::array();
    for (const auto& one : from.new_nodes) {
        ordered_json made{{"hash", hash_json(one.hash)}, {"node", one.node}, {"role", one.role}};
        add_excerpt(made, "text", one.text);
        nodes.push_back(std::move(made));
    }
    return {{"connected_at", moment_json(from.connected_at_us)},
            {"sent_at", moment_json(from.sent_at_us)},
            {"first_byte_at", moment_json(from.first_byte_at_us)},
            {"ended_at", moment_json(from.last_byte_at_us)},
            {"committed_at", moment_json(from.committed_at_us)},
            {"pieces", std::move(pieces)},
            {"target", text_json(from.target)},
            {"upstream", text_json(from.upstream)},
            {"peer", text_json(from.peer)},
            {"streamed", from.streamed},
            {"response_id", text_json(from.response_id)},
            {"reading", text_json(from.reading)},
            {"agent_id", text_json(from.agent_id)},
            {"parent_agent_id", text_json(from.parent_agent_id)},
            {"parent_session", text_json(from.parent_session)},
            {"session", text_json(from.session)},
            {"session_title", text_json(from.session_title)},
            {"previous", text_json(from.previous)},
            {"following", text_json(from.following)},
            {"fetched_by", from.fetched_by},
            {"new_nodes", std::move(nodes)},
            {"more_new_nodes", from.more_new_nodes}};
}

ordered_json wire_listing_json(const wire_listing& from) {
    return {{"type", "answer_events"},
            {"seq", from.exchange},
            {"form", to_string(from.form)},
            {"content_type", text_json(from.content_type)},
            {"coding", text_json(from.coding)},
            {"decoded_in_store", from.decoded_in_store},
            {"fault", text_json(from.fault)},
            {"body_bytes", from.body_bytes},
            {"timed", from.timed},
            {"next", from.next ? ordered_json(*from.next) : ordered_json(nullptr)}};
}

ordered_json wire_event_json(const wire_event& from) {
    ordered_json made{{"type", "event"},
                      {"offset", from.offset},
                      {"bytes", from.bytes},
                      {"at", moment_json(from.at_us)},
                      {"event", text_json(from.type)},
                      {"id", text_json(from.id)},
                      {"whole", from.whole}};
    add_excerpt(made, "data", from.data);
    return made;
}

}  // namespace tapes::read
