#include "outside_request.hpp"

#include "name_limit.hpp"
#include "text_shape.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/llm/api.hpp>
#include <tapes/text/json_view.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace tapes::record {

namespace {

constexpr std::size_t longest_outside_path = 8192;

/// For people, some of the paths that are known.
constexpr std::array<std::string_view, 6> usual_paths{
    "/v1/chat/completions", "/v1/responses", "/v1/completions", "/v1/messages", "/api/chat", "/api/generate"};

std::string known_paths() {
    std::string all;
    for (const auto path : usual_paths) {
        all.append(all.empty() ? "" : ", ").append(path);
    }
    return all;
}

std::string head_with_type(std::string_view first_line, std::string_view type) {
    std::string made{first_line};
    made.append("\r\nContent-Type: ").append(type).append("\r\n");
    return made;
}

/// Where a UUID of version 7 has its time (RFC 9562 §5.7).
constexpr std::array<std::uint8_t, 6> timeless{};

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7f;
    });
}

}  // namespace

std::string problem_of(const outside_exchange& one) {
    if (one.path.empty() || one.path.front() != '/' || one.path.size() > longest_outside_path ||
        one.target.size() > longest_outside_path || !is_plain(one.path) || !is_plain(one.target)) {
        return "the path must begin with / and be that of an API, one of " + known_paths();
    }
    if (one.upstream.size() > longest_outside_path || one.upstream.find('@') != std::string::npos ||
        !is_plain(one.upstream)) {
        return "the upstream must be as https://api.openai.com, without user info";
    }
    const auto* const api = llm::find_api(one.method, one.path);
    if (api == nullptr) {
        return one.method + " " + one.path + " is no turn of an API that is known, as " + known_paths() +
               " with POST are";
    }
    if (one.provider.empty() || is_too_long(one.provider) || is_too_long(one.agent_name)) {
        return "a provider must be named, and names have at most " + std::to_string(most_name_bytes) +
               " bytes";
    }
    return {};
}

bool is_event_text(std::string_view response, std::string_view response_head) {
    if (!response_head.empty()) {
        const auto type = http::find_value(response_head, "content-type");
        const auto media = type.substr(0, type.find_first_of("; \t"));
        if (http::equal_names(media, "text/event-stream") ||
            http::equal_names(media, "application/x-ndjson")) {
            return true;
        }
    }
    // Lines of JSON are events of Ollama's; one JSON text is an answer.
    const bool lines = response.starts_with('{') && response.find("}\n{") != std::string_view::npos;
    return looks_like_events(response) || (lines && !only_json(response));
}

void fill_heads(outside_exchange& one, bool event_stream) {
    if (one.request_head.empty()) {
        const auto& target = one.target.empty() ? one.path : one.target;
        one.request_head = head_with_type(one.method + " " + target + " HTTP/1.1", "application/json");
    }
    if (one.response_head.empty()) {
        const auto line = "HTTP/1.1 " + std::to_string(one.status) + (one.status == 200 ? " OK" : "");
        one.response_head = head_with_type(line, !event_stream                     ? "application/json"
                                                 : looks_like_events(one.response) ? "text/event-stream"
                                                                                   : "application/x-ndjson");
    }
}

std::string take_codings(std::string& head, std::string_view body) {
    auto coding = http::joined_values(head, "content-encoding");
    if (coding.empty() || !looks_readable(body)) {
        return coding;
    }
    std::string kept;
    for (std::string_view rest = head; !rest.empty();) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
        rest.remove_prefix(line.size());
        const auto name = line.substr(0, line.find(':'));
        const bool tells_form = http::equal_names(name, "content-encoding") ||
                                http::equal_names(name, "content-length") ||
                                http::equal_names(name, "transfer-encoding");
        kept += tells_form ? std::string_view{} : line;
    }
    head = std::move(kept);
    return {};
}

bool is_timeless(const capture::uuid& id) noexcept {
    return std::equal(timeless.begin(), timeless.end(), id.begin()) && id != capture::uuid{};
}

capture::uuid with_time(capture::uuid id, capture::timestamp at) noexcept {
    if (is_timeless(id)) {
        const auto now = capture::make_uuid(at);
        std::copy_n(now.begin(), timeless.size(), id.begin());
    }
    return id;
}

std::string refusal_text(capture::drop_reason reason, const store::entry& made) {
    const std::string api{made.api};
    switch (reason) {
        case capture::drop_reason::request_decode:
            return "the request maps to no turn of " + api + ": it must be the JSON body of a POST to " +
                   made.target;
        case capture::drop_reason::response_decode:
            return "the response maps to no answer of " + api +
                   ": it must be the JSON object that the API answers with, or the text of its events";
        case capture::drop_reason::empty_response:
            return "the response says nothing: an answer of " + api +
                   " with content, or its usage, is needed";
        case capture::drop_reason::stream_error:
            return "the response is an error that the provider reports; only answers are turns";
        case capture::drop_reason::upstream_status:
            return "the response has the status " + std::to_string(made.exchange->status) +
                   "; only those of 2xx are turns";
        case capture::drop_reason::over_budget:
            return "there is no memory for it at present (record.budget_bytes)";
        case capture::drop_reason::work_limit:
            return "it takes more work than record.work_limit allows";
        default:
            return "it is no turn (" + std::string{capture::name_of(reason)} + ")";
    }
}

capture::uuid id_of(const outside_exchange& one) {
    std::string all;
    for (const auto* const part : {&one.provider, &one.agent_name, &one.path, &one.request, &one.response}) {
        all += std::to_string(part->size()) + ":" + *part;
    }
    const auto digest = merkle::sha256(all);
    capture::uuid made{};
    std::copy_n(digest.begin(), made.size(), made.begin());
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(one.started_at.time_since_epoch());
    const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(ms.count(), 0));
    for (std::size_t i = 0; i < timeless.size(); ++i) {
        made[i] = static_cast<std::uint8_t>(count >> (40 - 8 * i));
    }
    made[6] = static_cast<std::uint8_t>((made[6] & 0x0fU) | 0x70U);  // version 7 (RFC 9562 §5.7)
    made[8] = static_cast<std::uint8_t>((made[8] & 0x3fU) | 0x80U);
    return made;
}

}  // namespace tapes::record
