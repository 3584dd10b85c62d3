#include "anthropic_messages.hpp"
#include "text.hpp"

namespace tapes::mock::anthropic {
namespace {

std::string string_in(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string text_of(const json& content) {
    if (content.is_string()) {
        return content.get<std::string>();
    }
    std::string out;
    if (content.is_array()) {
        for (const auto& part : content) {
            out += string_in(part, "text");
        }
    }
    return out;
}

void read_last_message(const json& message, request& out) {
    const auto content = message.contains("content") ? message["content"] : json{};
    out.said = text_of(content);
    if (!content.is_array()) {
        return;
    }
    std::string results;
    for (const auto& part : content) {
        if (string_in(part, "type") == "tool_result") {
            out.after_tool = true;
            results += part.contains("content") ? text_of(part["content"]) : std::string{};
        }
    }
    if (out.after_tool) {
        out.said = results;
    }
}

void read_tools(const json& from, request& out) {
    out.tools = json::array();
    if (!from.contains("tools") || !from["tools"].is_array() ||
        (from.contains("tool_choice") && string_in(from["tool_choice"], "type") == "none")) {
        return;
    }
    for (const auto& tool : from["tools"]) {
        if (string_in(tool, "type").starts_with("web_search")) {
            out.web_search = tool;
        } else if (tool.is_object() && tool.contains("input_schema")) {
            out.tools.push_back(tool);
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
    out.model = string_in(from, "model");
    read_last_message(from["messages"].back(), out);
    read_tools(from, out);
    const auto thinking = from.contains("thinking") ? string_in(from["thinking"], "type") : std::string{};
    out.thinking = thinking == "enabled" || thinking == "adaptive";
    out.stream = from.contains("stream") && from["stream"] == true;
    out.cached = body.find("\"cache_control\"") != std::string_view::npos;
    return out;
}

}  // namespace tapes::mock::anthropic
