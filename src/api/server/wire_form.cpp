#include "server/wire_form.hpp"

#include <string>
#include <utility>

namespace tapes::api {

namespace beast = boost::beast;

request request_head(const wire_request& received) {
    request head;
    head.method = std::string{received.method_string()};
    const std::string target{received.target()};
    const auto mark = target.find('?');
    head.path = target.substr(0, mark);
    head.query = mark == std::string::npos ? std::string{} : target.substr(mark + 1);
    for (const auto& field : received) {
        head.fields.emplace_back(std::string{field.name_string()}, std::string{field.value()});
    }
    return head;
}

namespace {

template <class Wire>
void set_fields(Wire& wire, const response& answer) {
    wire.result(answer.status);
    if (!answer.content_type.empty()) {
        wire.set(beast::http::field::content_type, answer.content_type);
    }
    wire.set(beast::http::field::cache_control, "no-store");
    wire.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : answer.fields) {
        wire.set(name, value);
    }
}

}  // namespace

wire_response to_wire(response&& answer, unsigned version, bool keep_alive) {
    wire_response wire;
    wire.version(version);
    set_fields(wire, answer);
    wire.keep_alive(keep_alive);
    wire.body() = std::move(answer.body);
    wire.prepare_payload();
    return wire;
}

wire_head head_of(response&& answer, unsigned version, bool keep_alive, std::uint64_t bytes) {
    wire_head wire;
    wire.version(version);
    set_fields(wire, answer);
    wire.keep_alive(keep_alive);
    wire.content_length(bytes);
    return wire;
}

wire_head stream_head(response&& answer, bool chunked) {
    wire_head wire;
    wire.version(chunked ? 11U : 10U);
    set_fields(wire, answer);
    wire.keep_alive(false);
    wire.chunked(chunked);
    return wire;
}

response error_response(unsigned status) {
    return error_response(
        status, std::string{beast::http::obsolete_reason(static_cast<beast::http::status>(status))});
}

}  // namespace tapes::api
