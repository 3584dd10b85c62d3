#include "server/wire_form.hpp"

#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::api {

namespace beast = boost::beast;

namespace {

/// Takes scheme and authority off a target in absolute form, which proxies are asked in and servers must
/// accept (RFC 9112 §3.2.2). Returns the authority; nothing where the target has another form.
std::optional<std::string_view> take_authority(std::string_view& target) {
    const bool plain = text::starts_ignoring_case(target, "http://");
    if (!plain && !text::starts_ignoring_case(target, "https://")) {
        return std::nullopt;
    }
    target.remove_prefix(plain ? 7 : 8);
    const auto authority = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(authority.size());
    return authority;
}

}  // namespace

request request_head(const wire_request& received) {
    request head;
    head.method = std::string{received.method_string()};
    std::string_view target{received.target().data(), received.target().size()};
    const auto authority = take_authority(target);
    const auto mark = std::min(target.find('?'), target.size());
    head.path = std::string{target.substr(0, mark)};
    head.query = std::string{target.substr(std::min(mark + 1, target.size()))};
    if (authority && head.path.empty()) {
        head.path = "/";
    }
    for (const auto& field : received) {
        // What the target names takes the place of the field's value, as that section says.
        const bool is_replaced = authority && field.name() == beast::http::field::host;
        head.fields.emplace_back(std::string{field.name_string()},
                                 std::string{is_replaced ? *authority : std::string_view{field.value()}});
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
