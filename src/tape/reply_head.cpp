#include "reply_head.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/head.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tapes::tape {
namespace {

bool is_framing(std::string_view name) {
    return http::equal_names(name, "transfer-encoding") || http::equal_names(name, "content-length") ||
           http::equal_names(name, "trailer");
}

/// Returns the line of a wait with its seconds or milliseconds divided; a date stays.
std::string waiting_line(const http::field& one, double speed) {
    double value = 0;
    const auto* const end = one.value.data() + one.value.size();
    const auto read = std::from_chars(one.value.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end || value < 0) {
        return std::string{one.line};
    }
    const auto scaled = speed <= 0 ? 0.0 : std::ceil(value / speed);
    return std::string{one.name} + ": " + std::to_string(static_cast<std::uint64_t>(std::min(scaled, 1e15))) +
           "\r\n";
}

}  // namespace

std::optional<reply_head> read_reply_head(std::string_view recorded, const head_change& change) {
    std::string text{recorded};
    while (text.ends_with("\r\n")) {
        text.resize(text.size() - 2);
    }
    text += "\r\n\r\n";
    http::response_head parsed;
    const http::head_limits any_size{text.size() + 1, text.size()};
    if (http::parse_response(text, any_size, change.to_head, parsed) != http::head_error::none) {
        return std::nullopt;
    }
    reply_head made;
    made.status = parsed.status;
    made.reason = std::string{parsed.reason_phrase};
    if (parsed.status == 101) {
        made.status = 200;
        made.reason = "OK";
        made.fields = "Content-Type: text/event-stream\r\n";
        made.event_stream = true;
        return made;
    }
    made.has_body = !(parsed.status / 100 == 1 || parsed.status == 204 || parsed.status == 304);
    const auto type = http::joined_values(parsed.fields, "content-type");
    made.event_stream = text::starts_ignoring_case(type, "text/event-stream");
    made.coding = http::joined_values(parsed.fields, "content-encoding");
    if (http::is_identity(made.coding)) {
        made.coding.clear();
    }
    if (parsed.body.kind == http::body_kind::length) {
        made.length = parsed.body.length;
    }
    for (const auto& one : parsed.fields) {
        const bool is_coding = http::equal_names(one.name, "content-encoding");
        const bool keeps_length =
            http::equal_names(one.name, "content-length") && (change.to_head || !made.has_body);
        if (one.hop_by_hop || (is_framing(one.name) && !keeps_length) || (is_coding && change.drop_coding)) {
            continue;
        }
        const bool waits =
            http::equal_names(one.name, "retry-after") || http::equal_names(one.name, "retry-after-ms");
        made.fields += waits && change.speed != 1 ? waiting_line(one, change.speed) : std::string{one.line};
    }
    return made;
}

}  // namespace tapes::tape
