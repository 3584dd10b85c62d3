#include "restored_exchange.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/llm/api.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

namespace tapes::record {

namespace {

capture::timestamp time_of(std::int64_t us) {
    return capture::timestamp{std::chrono::microseconds{us}};
}

bool is_event_stream(const store::kept_exchange& row, std::string_view head) {
    const auto type = http::find_value(head, "content-type");
    const auto media = type.substr(0, type.find_first_of("; \t"));
    return http::is_stream_of_events(media) ||
           (http::equal_names(media, "application/json") && llm::streams_array(row.method, row.path));
}

/// Bodies stay in memory however large they are: the budget is the limit.
const capture::spill_policy& in_memory() {
    static const capture::spill_policy made{{}, std::numeric_limits<std::uint64_t>::max()};
    return made;
}

}  // namespace

std::unique_ptr<capture::exchange> restore_exchange(const store::kept_exchange& row,
                                                    const store::kept_wire* wire, answer_form form,
                                                    capture::budget& limits) {
    auto made = std::make_unique<capture::exchange>(limits, in_memory());
    made->id = row.id;
    made->peer = row.peer;
    made->method = row.method;
    made->target = row.target;
    made->path = row.path;
    made->upstream = row.upstream;
    made->provider = row.provider;
    made->agent_name = row.agent_name;
    made->project = row.project;
    made->session = row.session;
    made->caller = row.caller;
    made->unauthorized = row.dropped == capture::drop_reason::unauthorized;
    made->status = row.status;
    made->accepted_at = made->forwarded_at = time_of(row.accepted_at_us);
    made->connected_at = time_of(row.connected_at_us);
    made->sent_at = time_of(row.sent_at_us);
    made->first_byte_at = time_of(row.first_byte_at_us);
    made->last_byte_at = time_of(row.last_byte_at_us);
    made->ended = row.ended;
    made->tunnel = row.dropped == capture::drop_reason::tunnel;
    if (wire == nullptr) {
        return made;
    }
    made->request_head = wire->request_head;
    made->response_head = wire->response_head;
    const std::string_view head{wire->response_head};
    made->websocket = !row.api.empty() && head.starts_with("HTTP/1.1 101");
    made->event_stream = form == answer_form::as_it_came && (made->websocket || is_event_stream(row, head));
    if (!made->websocket && !wire->request_decoded) {
        made->request_encoding = http::joined_values(wire->request_head, "content-encoding");
    }
    if (!made->websocket && !wire->response_decoded) {
        made->response_encoding = http::joined_values(head, "content-encoding");
    }
    (void)made->request_body.append(wire->request);
    (void)made->response_body.append(wire->response);
    return made;
}

bool may_be_object(const store::kept_wire& wire) {
    const auto first = wire.response.find_first_not_of(" \t\r\n");
    return first != std::string::npos && wire.response[first] == '{';
}

}  // namespace tapes::record
