#include "outside/har_entry.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/text/base64.hpp>
#include <tapes/text/rfc3339.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <stdexcept>

namespace tapes::app {

namespace {

using record::outside_exchange;
using text::json_view;

/// Removes what would end a line of a head.
std::string in_one_line(std::string value) {
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    return value;
}

/// Writes the fields of a head; those of HTTP/2 that begin with a colon are parts of the first line.
std::string head_of_har(std::string first_line, json_view headers) {
    auto made = in_one_line(std::move(first_line)) + "\r\n";
    headers.each([&](json_view field) {
        const auto name = in_one_line(field["name"].text());
        if (!name.empty() && name.front() != ':') {
            made += name + ": " + in_one_line(field["value"].text()) + "\r\n";
        }
        return true;
    });
    return made;
}

/// Returns the bytes of a body. HAR 1.2 has an encoding for answers alone; some writers have one for
/// requests, as `encoding` or `_encoding`.
std::string har_body(json_view content) {
    auto text = content["text"].text();
    auto encoding = content["encoding"].text();
    encoding = encoding.empty() ? content["_encoding"].text() : encoding;
    if (encoding != "base64") {
        return text;
    }
    auto bytes = text::decoded_base64(text);
    if (!bytes) {
        throw std::invalid_argument{"a body is no base64, as its encoding says"};
    }
    return *std::move(bytes);
}

std::int64_t milliseconds_as_us(json_view value) {
    constexpr double longest = 1e12;
    const auto ms = value.number().value_or(0);
    return ms > 0 && ms < longest ? static_cast<std::int64_t>(std::llround(ms * 1000)) : 0;
}

void read_har_times(json_view entry, outside_exchange& to) {
    const auto started = text::read_rfc3339(entry["startedDateTime"].text());
    if (!started || *started <= 0) {
        throw std::invalid_argument{"`startedDateTime` is no time of RFC 3339"};
    }
    const auto at = [](std::int64_t us) { return capture::timestamp{std::chrono::microseconds{us}}; };
    to.started_at = at(*started);
    to.ended_at = at(*started + milliseconds_as_us(entry["time"]));
    std::int64_t until_first = 0;
    const auto timings = entry["timings"];
    for (const auto* const phase : {"blocked", "dns", "connect", "send", "wait"}) {
        until_first += milliseconds_as_us(timings[phase]);
    }
    to.first_byte_at = std::min(to.ended_at, at(*started + until_first));
}

/// What tapes writes beside an entry, so that it comes back as it was.
void read_own_members(json_view own, outside_exchange& to) {
    for (const auto& [name, member] : {std::pair{"provider", &outside_exchange::provider},
                                       std::pair{"agent_name", &outside_exchange::agent_name},
                                       std::pair{"project", &outside_exchange::project},
                                       std::pair{"session", &outside_exchange::session}}) {
        to.*member = in_one_line(own[name].text());
    }
    if (const auto path = own["path"].text(); path.starts_with('/')) {
        to.path = path;
    }
    to.id = capture::uuid_from_string(own["id"].text()).value_or(capture::uuid{});
}

}  // namespace

outside_entry read_har_entry(json_view entry, const outside_defaults& defaults) {
    const auto request = entry["request"];
    const auto response = entry["response"];
    if (!request.is_object() || !response.is_object()) {
        throw std::invalid_argument{"it has no `request` and `response`, as an entry of a HAR file has"};
    }
    outside_exchange made;
    made.source = "import";
    made.method = request["method"].text();
    if (made.method != "POST") {
        return skipped_entry{"no POST"};
    }
    if (!set_url(made, request["url"].text())) {
        return skipped_entry{"no URL of http or https"};
    }
    read_own_members(entry["_tapes"], made);
    if (auto reason = set_provider(made, defaults); !reason.empty()) {
        return skipped_entry{std::move(reason)};
    }
    const auto status = response["status"].integer().value_or(0);
    if (status < 100 || status > 599) {
        return skipped_entry{"no answer"};
    }
    if (status / 100 != 2) {
        return skipped_entry{"no answer of 2xx"};
    }
    made.status = static_cast<int>(status);
    made.request = har_body(request["postData"]);
    made.response = har_body(response["content"]);
    if (made.request.empty() || made.response.empty()) {
        return skipped_entry{"no body"};
    }
    read_har_times(entry, made);
    made.request_head = head_of_har("POST " + made.target + " HTTP/1.1", request["headers"]);
    made.response_head = head_of_har(
        "HTTP/1.1 " + std::to_string(status) + " " + response["statusText"].text(), response["headers"]);
    if (http::find_value(made.response_head, "content-type").empty()) {
        if (const auto type = in_one_line(response["content"]["mimeType"].text()); !type.empty()) {
            made.response_head += "Content-Type: " + type + "\r\n";
        }
    }
    if (made.agent_name.empty() || !entry["_tapes"]) {
        if (const auto agent = http::find_value(made.request_head, "x-tapes-agent-name"); !agent.empty()) {
            made.agent_name = agent;
        }
    }
    if (made.id == capture::uuid{}) {
        made.id = record::id_of(made);
    }
    return made;
}

}  // namespace tapes::app
