#include "request/tool_definitions.hpp"

#include <utility>

namespace tapes::exports {

namespace {

using nlohmann::ordered_json;

std::string text_member(const ordered_json& from, const char* name) {
    const auto found = from.find(name);
    return found != from.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

ordered_json member_or_null(const ordered_json& from, const char* name) {
    const auto found = from.find(name);
    return found == from.end() ? ordered_json{} : *found;
}

void read_tool(const ordered_json& one, std::vector<function_tool>& to, left_out& left) {
    if (!one.is_object()) {
        left.add("tools of an unknown form");
        return;
    }
    if (const auto several = one.find("functionDeclarations"); several != one.end() && several->is_array()) {
        for (const auto& declared : *several) {  // Gemini
            read_tool(declared, to, left);
        }
        return;
    }
    const auto type = text_member(one, "type");
    const auto* about = &one;
    for (const auto* const inside : {"function", "toolSpec"}) {
        if (const auto found = one.find(inside); found != one.end() && found->is_object()) {
            about = &*found;
        }
    }
    const auto name = text_member(*about, "name");
    const bool known =
        type.empty() || type == "function" || (type == "custom" && one.contains("input_schema"));
    if (!known || name.empty()) {
        const auto of = !type.empty() ? type : !name.empty() || one.empty() ? name : one.begin().key();
        left.add("tool " + of + " of the provider");
        return;
    }
    ordered_json parameters;
    for (const auto* const member : {"parameters", "parametersJsonSchema", "input_schema"}) {
        if (about->contains(member)) {
            parameters = (*about)[member];
        }
    }
    if (const auto schema = about->find("inputSchema"); schema != about->end() && schema->is_object()) {
        parameters = member_or_null(*schema, "json");  // Bedrock's Converse
    }
    to.push_back(
        {name, text_member(*about, "description"), std::move(parameters), member_or_null(*about, "strict")});
}

}  // namespace

ordered_json recorded_tools(const ordered_json& request) {
    if (const auto tools = request.find("tools"); tools != request.end()) {
        return *tools;
    }
    const auto config = request.find("toolConfig");
    return config != request.end() && config->is_object() ? member_or_null(*config, "tools") : ordered_json{};
}

std::vector<function_tool> read_tools(const ordered_json& tools, left_out& left) {
    std::vector<function_tool> made;
    if (tools.is_array()) {
        for (const auto& one : tools) {
            read_tool(one, made, left);
        }
    }
    return made;
}

ordered_json tools_in_form(const std::vector<function_tool>& tools, std::string_view api) {
    auto made = ordered_json::array();
    const ordered_json no_parameters{{"type", "object"}, {"properties", ordered_json::object()}};
    for (const auto& one : tools) {
        const auto& schema = one.parameters.is_object() ? one.parameters : no_parameters;
        if (api == "anthropic_messages") {
            ordered_json tool{{"name", one.name}, {"input_schema", schema}};
            if (!one.description.empty()) {
                tool["description"] = one.description;
            }
            made.push_back(std::move(tool));
            continue;
        }
        ordered_json function{{"name", one.name}};
        if (!one.description.empty()) {
            function["description"] = one.description;
        }
        function["parameters"] = schema;
        if (one.strict.is_boolean()) {
            function["strict"] = one.strict;
        }
        if (api == "openai_responses") {
            ordered_json tool{{"type", "function"}};
            tool.update(function);
            if (!tool.contains("strict")) {
                tool["strict"] = false;
            }
            made.push_back(std::move(tool));
        } else {
            made.push_back({{"type", "function"}, {"function", std::move(function)}});
        }
    }
    return made;
}

}  // namespace tapes::exports
