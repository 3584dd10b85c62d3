#include "gemini.hpp"

#include <tapes/llm/api.hpp>

#include <algorithm>

namespace tapes::mock::gemini {
namespace {

/// A member under its name in camel case or in snake case.
json member(const json& object, const char* camel, const char* snake) {
    if (!object.is_object()) {
        return {};
    }
    return object.contains(camel) ? object.value(camel, json{}) : object.value(snake, json{});
}

json parts_of(const json& content) {
    auto parts = content.is_object() ? content.value("parts", json::array()) : json::array();
    return parts.is_array() ? parts : json::array({parts});
}

/// The results of functions in a content; `text` gets what they say.
std::size_t read_results(const json& content, std::string& text) {
    std::size_t count = 0;
    for (const auto& part : parts_of(content)) {
        const auto result = member(part, "functionResponse", "function_response");
        if (result.is_object()) {
            ++count;
            const auto response = result.value("response", json::object());
            const auto output = string_member(response, "output");
            text += output.empty() && !response.empty() ? dump(response) : output;
        }
    }
    return count;
}

void read_contents(const json& contents, request& out) {
    const auto& last = contents.back();
    std::string results;
    out.is_user = string_member(last, "role") != "model";
    out.answers_tool = read_results(last, results) > 0;
    out.text = out.answers_tool ? results : text_of(parts_of(last));
    for (auto content = contents.rbegin(); content != contents.rend(); ++content) {
        if (string_member(*content, "role") == "model") {
            continue;
        }
        const auto count = read_results(*content, results);
        out.results += count;
        if (count == 0) {
            out.prompt = text_of(parts_of(*content));
            return;
        }
    }
}

/// A schema with the names of its types as JSON Schema has them ("STRING" is Google's).
json plain_schema(json schema) {
    if (schema.is_object()) {
        for (auto& [key, value] : schema.items()) {
            if (key == "type" && value.is_string()) {
                auto type = value.get<std::string>();
                std::ranges::transform(type, type.begin(), [](char c) {
                    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
                });
                value = type;
            } else {
                value = plain_schema(value);
            }
        }
    }
    return schema;
}

void read_tools(const json& from, request& out) {
    const auto config = member(from, "toolConfig", "tool_config");
    const auto calling = member(config, "functionCallingConfig", "function_calling_config");
    if (string_member(calling, "mode") == "NONE") {
        return;
    }
    for (const auto& one : from.value("tools", json::array())) {
        out.searches_web = out.searches_web || !member(one, "googleSearch", "google_search").is_null();
        out.runs_code = out.runs_code || !member(one, "codeExecution", "code_execution").is_null();
        const auto functions = member(one, "functionDeclarations", "function_declarations");
        for (const auto& function : functions.is_array() ? functions : json::array()) {
            auto schema = member(function, "parametersJsonSchema", "parameters_json_schema");
            schema = schema.is_null() ? plain_schema(function.value("parameters", json{})) : schema;
            out.tools.push_back({string_member(function, "name"), std::move(schema)});
        }
    }
}

void read_config(const json& config, request& out) {
    const auto count = member(config, "candidateCount", "candidate_count");
    out.candidates = count.is_number_integer() ? std::clamp(count.get<int>(), 1, 8) : 1;
    const auto thinking = member(config, "thinkingConfig", "thinking_config");
    out.thinking = member(thinking, "includeThoughts", "include_thoughts") == json(true);
}

void read_target(std::string_view target, request& out) {
    if (const auto* const api = llm::find_api("POST", target)) {
        const auto facts = llm::facts_of(*api, target);
        out.model = facts.model;
        out.stream = facts.streamed.value_or(false);
    }
    const auto query = target.substr(std::min(target.find('?'), target.size()));
    out.in_events = query.find("alt=sse") != std::string_view::npos;
}

}  // namespace

request read_request(std::string_view body, std::string_view target) {
    request out;
    read_target(target, out);
    auto from = json::parse(body, nullptr, false);
    if (!from.is_object()) {
        out.error = "Invalid JSON payload received.";
        return out;
    }
    if (out.model.empty()) {
        out.model = string_member(from, "model");
    }
    if (from.contains("request") && from["request"].is_object()) {
        out.in_envelope = true;
        from = json(from["request"]);
    }
    auto contents = from.value("contents", json::array());
    contents = contents.is_object() ? json::array({contents}) : contents;
    if (!contents.is_array() || contents.empty() || !contents.back().is_object()) {
        out.error = "* GenerateContentRequest.contents: contents is not specified\n";
        return out;
    }
    read_contents(contents, out);
    read_tools(from, out);
    read_config(member(from, "generationConfig", "generation_config"), out);
    out.cached = !member(from, "cachedContent", "cached_content").is_null();
    return out;
}

}  // namespace tapes::mock::gemini
