#include "outside_request.hpp"

#include <tapes/record/outside_turn.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/rfc3339.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace tapes::record {

namespace {

using text::json_view;

constexpr std::array text_members{
    std::pair{"provider", &outside_exchange::provider},
    std::pair{"agent_name", &outside_exchange::agent_name},
    std::pair{"path", &outside_exchange::path},
    std::pair{"target", &outside_exchange::target},
    std::pair{"upstream", &outside_exchange::upstream},
    std::pair{"project", &outside_exchange::project},
    std::pair{"session", &outside_exchange::session},
    std::pair{"request_head", &outside_exchange::request_head},
    std::pair{"response_head", &outside_exchange::response_head},
};
constexpr std::array time_members{
    std::pair{"started_at", &outside_exchange::started_at},
    std::pair{"first_byte_at", &outside_exchange::first_byte_at},
    std::pair{"ended_at", &outside_exchange::ended_at},
};

void read_texts(json_view turn, outside_exchange& out) {
    for (const auto& [name, member] : text_members) {
        const auto value = turn[name];
        if (!value || value.is_null()) {
            continue;
        }
        const auto text = value.string();
        if (!text) {
            throw std::invalid_argument{std::string{"`"} + name + "` must be a string"};
        }
        const bool is_head =
            member == &outside_exchange::request_head || member == &outside_exchange::response_head;
        if (std::ranges::any_of(
                *text,
                [&](char c) { return c == '\0' || (!is_head && static_cast<unsigned char>(c) < 0x20); }) ||
            !text::valid_utf8(*text)) {
            throw std::invalid_argument{std::string{"`"} + name +
                                        "` must hold no control characters, and be UTF-8"};
        }
        out.*member = *text;
    }
}

void read_times(json_view turn, outside_exchange& out) {
    for (const auto& [name, member] : time_members) {
        const auto value = turn[name];
        if (!value || value.is_null()) {
            continue;
        }
        const auto us = text::read_rfc3339(value.text());
        if (!us || *us <= 0) {
            throw std::invalid_argument{std::string{"`"} + name +
                                        "` must be a time as 2026-01-31T12:00:00Z (RFC 3339)"};
        }
        out.*member = capture::timestamp{std::chrono::microseconds{*us}};
    }
}

/// A body is given as the JSON that it is, or as its text.
std::string body_of_member(json_view turn, const char* name, const char* right) {
    const auto value = turn[name];
    if (value.is_string()) {
        const auto text = value.string();
        if (text && !text->empty()) {
            return *text;
        }
    }
    if (!value.is_object() && !value.is_array()) {
        throw std::invalid_argument{std::string{"`"} + name + "` must be " + right};
    }
    return std::string{value.raw()};
}

void read_rest(json_view turn, outside_exchange& out) {
    if (const auto id = turn["id"]; id && !id.is_null()) {
        const auto read = capture::uuid_from_string(id.text());
        if (!read || *read == capture::uuid{}) {
            throw std::invalid_argument{"`id` must be a UUID; the exchange gets it, once"};
        }
        out.id = *read;
    }
    if (const auto status = turn["status"]; status && !status.is_null()) {
        const auto number = status.integer();
        if (!number || *number < 100 || *number > 599) {
            throw std::invalid_argument{"`status` must be an HTTP status, as 200"};
        }
        out.status = static_cast<int>(*number);
    }
    const auto source = turn["source"].string().value_or("ingest");
    if (source != "ingest" && source != "import") {
        throw std::invalid_argument{"`source` must be \"ingest\" or \"import\""};
    }
    out.source = source;
}

/// Returns whether a word is one of those in a list.
bool is_listed(const std::string& word, const std::string& list) {
    return !word.empty() && word.find(' ') == std::string::npos &&
           (" " + list + " ").find(" " + word + " ") != std::string::npos;
}

std::string string_member(json_view turn, const char* name) {
    const auto value = turn[name];
    if (!value || value.is_null()) {
        return {};
    }
    const auto text = value.string();
    if (!text || text->empty()) {
        throw std::invalid_argument{std::string{"`"} + name + "` must be a string that is not empty"};
    }
    return *text;
}

/// Tells the path where none is named.
void set_path(json_view turn, outside_exchange& made) {
    path_hints more{string_member(turn, "api"), string_member(turn, "model"), made.response,
                    is_event_text(made.response, made.response_head) || made.response.starts_with('[')};
    if (!more.api.empty() && !is_listed(more.api, apis_brought())) {
        throw std::invalid_argument{"unknown API: \"" + more.api + "\" (known: [" + apis_brought() + "])"};
    }
    made.path = made.path.empty() ? usual_path(made.provider, made.request, more) : made.path;
    if (!made.path.empty()) {
        return;
    }
    if (names_model_in_path(made.provider, made.request, more.api)) {
        throw std::invalid_argument{"the path of this API of " + made.provider +
                                    " names the model: give it as `model`, or the path as `path`"};
    }
    throw std::invalid_argument{"the request does not tell which API of " + made.provider +
                                " it is for: it has `messages`, `input`, `prompt` or `contents`, or `api` "
                                "names the API, or `path` its path"};
}

void add_member(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        out.append(",\"").append(name).append("\":");
        text::append_json_string(out, value);
    }
}

/// Tells whose answer this is by its shape; "" where that cannot be told.
std::string provider_of_answer(const std::string& response) {
    const json_view answer{response};
    const auto object = answer["object"].text();
    if (object.starts_with("chat.completion") || object == "response" || object == "text_completion") {
        return "openai";
    }
    if (answer["type"].text() == "message") {
        return "anthropic";
    }
    if (answer["candidates"].is_array()) {
        return "gemini";
    }
    if (answer["output"]["message"].is_object() && answer["stopReason"]) {
        return "bedrock";
    }
    return answer["done"].boolean() ? "ollama" : "";
}

}  // namespace

std::string provider_names() {
    return providers_brought();
}

outside_exchange read_turn(json_view turn, const std::string& project) {
    if (!turn.is_object()) {
        throw std::invalid_argument{R"(a turn must be {"provider":"…","request":{…},"response":{…}})"};
    }
    outside_exchange made;
    made.project = project;
    read_texts(turn, made);
    read_times(turn, made);
    read_rest(turn, made);
    made.request = body_of_member(turn, "request", "the JSON object that the client sent");
    made.response = body_of_member(
        turn, "response", "the JSON object that the provider answered with, or the text of its events");
    if (!turn["provider"]) {
        made.provider = provider_of_answer(made.response);
    }
    if (!is_listed(made.provider, provider_names())) {
        throw std::invalid_argument{"unknown provider type: \"" + made.provider + "\" (supported: [" +
                                    provider_names() + "])"};
    }
    set_path(turn, made);
    return made;
}

std::string turn_json(const outside_exchange& one) {
    std::string made = R"({"source":)";
    text::append_json_string(made, one.source);
    for (const auto& [name, member] : text_members) {
        add_member(made, name, one.*member);
    }
    for (const auto& [name, member] : time_members) {
        if (one.*member != capture::timestamp{}) {
            std::string time;
            text::append_rfc3339(time, (one.*member).time_since_epoch().count());
            add_member(made, name, time);
        }
    }
    if (one.id != capture::uuid{}) {
        add_member(made, "id", capture::to_string(one.id));
    }
    add_member(made, "request", one.request);
    add_member(made, "response", one.response);
    return made + ",\"status\":" + std::to_string(one.status) + "}";
}

}  // namespace tapes::record
