#include "anthropic_messages.hpp"

namespace tapes::mock::anthropic {
namespace {

/// The results of tools in a message; `text` gets what they say.
std::size_t read_results(const json& content, std::string& text) {
    std::size_t count = 0;
    for (const auto& part : content.is_array() ? content : json::array()) {
        if (string_member(part, "type") == "tool_result") {
            ++count;
            text += part.contains("content") ? text_of(part["content"]) : std::string{};
        }
    }
    return count;
}

/// The last message that is no system text: Claude Code puts some behind what the user says.
const json& last_spoken(const json& messages) {
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
        if (string_member(*message, "role") != "system" && message->is_object()) {
            return *message;
        }
    }
    return messages.back();
}

void read_messages(const json& messages, request& out) {
    const auto& last = last_spoken(messages);
    std::string results;
    out.is_user = string_member(last, "role") == "user";
    out.answers_tool = read_results(last.value("content", json{}), results) > 0;
    out.text = out.answers_tool ? results : text_of(messages.back().value("content", json{}));
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
        if (string_member(*message, "role") != "user") {
            continue;
        }
        const auto parts = message->value("content", json{});
        const auto count = read_results(parts, results);
        out.results += count;
        if (count == 0) {
            out.prompt = text_of(parts);
            return;
        }
    }
}

void read_tools(const json& from, request& out) {
    if (!from.contains("tools") || !from["tools"].is_array() ||
        (from.contains("tool_choice") && string_member(from["tool_choice"], "type") == "none")) {
        return;
    }
    for (const auto& one : from["tools"]) {
        if (string_member(one, "type").starts_with("web_search")) {
            out.searches_web = true;
        } else if (one.is_object() && one.contains("input_schema")) {
            out.tools.push_back({string_member(one, "name"), one["input_schema"]});
        }
    }
}

}  // namespace

request read_request(std::string_view body) {
    request out;
    const auto from = json::parse(body, nullptr, false);
    if (!from.is_object()) {
        out.error = "The request body is not valid JSON.";
        return out;
    }
    for (const auto* field : {"model", "messages", "max_tokens"}) {
        if (!from.contains(field)) {
            out.error = std::string{field} + ": Field required";
            return out;
        }
    }
    if (!from["messages"].is_array() || from["messages"].empty() || !from["messages"].back().is_object()) {
        out.error = "messages: at least one message is required";
        return out;
    }
    out.model = string_member(from, "model");
    read_messages(from["messages"], out);
    read_tools(from, out);
    const auto thinking = from.contains("thinking") ? string_member(from["thinking"], "type") : std::string{};
    out.thinking = thinking == "enabled" || thinking == "adaptive";
    out.stream = from.contains("stream") && from["stream"] == true;
    out.cached = body.find("\"cache_control\"") != std::string_view::npos;
    return out;
}

}  // namespace tapes::mock::anthropic
