#include "outside/json_line.hpp"

#include <tapes/record/outside_turn.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/rfc3339.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace tapes::app {

namespace {

using record::outside_exchange;
using text::json_view;

capture::timestamp time_of_us(std::int64_t us) {
    return capture::timestamp{std::chrono::microseconds{us}};
}

/// A time as seconds since the epoch, or as RFC 3339 with or without its zone (Helicone writes both).
capture::timestamp time_of_value(json_view value) {
    constexpr double latest = 1e11;
    if (const auto seconds = value.number(); seconds && *seconds > 0 && *seconds < latest) {
        return time_of_us(static_cast<std::int64_t>(std::llround(*seconds * 1e6)));
    }
    auto text = value.text();
    if (text.size() > 10 && text[10] == ' ') {
        text[10] = 'T';
    }
    const auto us = text::read_rfc3339(text);
    return time_of_us(us ? *us : text::read_rfc3339(text + "Z").value_or(0));
}

/// Returns the JSON that a member is, or whose text it is.
std::string json_of(json_view value) {
    return value.is_string() ? value.text() : std::string{value.is_null() ? std::string_view{} : value.raw()};
}

void append_member(std::string& to, std::string_view name, std::string_view json) {
    to += to.size() > 1 ? "," : "";
    text::append_json_string(to, name);
    to.append(":").append(json);
}

/// https://docs.litellm.ai/docs/proxy/logging_spec: what callbacks write as JSON lines.
outside_entry read_litellm(json_view line, outside_exchange made) {
    const auto type = line["call_type"].text();
    const bool chat = type.empty() || type == "completion" || type == "acompletion";
    const bool responses = type == "responses" || type == "aresponses";
    if (!chat && !responses) {
        return skipped_entry{"no completion"};
    }
    if (!line["status"].text().empty() && line["status"].text() != "success") {
        return skipped_entry{"no success"};
    }
    std::string request = "{";
    append_member(request, "model", line["model"].raw());
    append_member(request, chat ? "messages" : "input", line["messages"].raw());
    line["model_parameters"].members([&](const std::string& name, json_view value) {
        if (name != "model" && name != "messages" && name != "input") {
            append_member(request, name, value.raw());
        }
        return true;
    });
    made.request = request + "}";
    made.response = json_of(line["response"]);
    made.path = chat ? "/v1/chat/completions" : "/v1/responses";
    made.provider = made.provider.empty() ? "openai" : made.provider;  // it answers in that form
    made.started_at = time_of_value(line["startTime"]);
    made.first_byte_at = time_of_value(line["completionStartTime"]);
    made.ended_at = time_of_value(line["endTime"]);
    return made;
}

/// https://docs.helicone.ai/rest/request/post-v1requestquery-clickhouse: what its export writes.
outside_entry read_helicone(json_view line, outside_exchange made, const outside_defaults& defaults) {
    const auto url = line["request_path"].text();
    if (url.starts_with('/')) {
        made.path = url;
    } else if (!set_url(made, url)) {
        made.path = "/v1/chat/completions";
    }
    if (auto reason = set_provider(made, defaults); !reason.empty()) {
        return skipped_entry{std::move(reason)};
    }
    const auto status = line["response_status"].integer().value_or(200);
    if (status / 100 != 2) {
        return skipped_entry{"no answer of 2xx"};
    }
    made.request = json_of(line["request_body"]);
    made.response = json_of(line["response_body"]);
    made.started_at = time_of_value(line["request_created_at"]);
    made.ended_at = time_of_value(line["response_created_at"]);
    return made;
}

/// A chat completion as the API stores it (`store: true`), with what was asked as `messages` or `input`.
outside_entry read_stored_completion(json_view line, outside_exchange made) {
    const auto asked = line["messages"].is_array() ? line["messages"] : line["input"];
    if (!asked.is_array()) {
        return skipped_entry{"a stored completion without its messages"};
    }
    std::string request = "{";
    append_member(request, "model", line["model"].raw());
    append_member(request, "messages", asked.raw());
    for (const auto* const name : {"tools", "tool_choice", "response_format", "temperature", "top_p", "seed",
                                   "presence_penalty", "frequency_penalty", "metadata"}) {
        if (const auto value = line[name]; value && !value.is_null()) {
            append_member(request, name, value.raw());
        }
    }
    made.request = request + "}";
    made.response = line.raw();
    made.path = "/v1/chat/completions";
    made.provider = made.provider.empty() ? "openai" : made.provider;
    made.started_at = made.ended_at = time_of_value(line["created"]);
    return made;
}

outside_entry read_known_form(json_view line, const outside_defaults& defaults) {
    outside_exchange made;
    made.provider = defaults.provider;
    made.agent_name = defaults.agent_name;
    made.project = defaults.project;
    if (line["request_body"]) {
        return read_helicone(line, std::move(made), defaults);
    }
    if (line["messages"] && line["response"] && !line["request"]) {
        return read_litellm(line, std::move(made));
    }
    if (line["object"].text() == "chat.completion") {
        return read_stored_completion(line, std::move(made));
    }
    if (line["request"] && line["response"]) {
        auto turn = record::read_turn(line, defaults.project);
        turn.agent_name = turn.agent_name.empty() ? defaults.agent_name : turn.agent_name;
        return turn;
    }
    throw std::invalid_argument{
        "it has no `request` and `response`, and is no line of LiteLLM's, Helicone's or OpenAI's"};
}

}  // namespace

outside_entry read_json_line(json_view line, const outside_defaults& defaults) {
    if (!line.is_object()) {
        throw std::invalid_argument{"it is no JSON object"};
    }
    auto entry = read_known_form(line, defaults);
    if (auto* const made = std::get_if<outside_exchange>(&entry)) {
        if (made->request.empty() || made->response.empty()) {
            return skipped_entry{"no body"};
        }
        made->source = "import";
        if (made->id == capture::uuid{}) {
            made->id = record::id_of(*made);
        }
    }
    return entry;
}

}  // namespace tapes::app
