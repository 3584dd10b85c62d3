#include "request/tool_definitions.hpp"

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

}  // namespace

std::vector<function_tool> read_tools(const ordered_json& tools, left_out& left) {
    std::vector<function_tool> made;
    for (const auto& one : tools.is_array() ? tools : ordered_json::array()) {
        if (!one.is_object()) {
            left.add("tools of an unknown form");
            continue;
        }
        const auto type = text_member(one, "type");
        const auto function = one.find("function");
        const bool nested = function != one.end() && function->is_object();
        const auto& about = nested ? *function : one;
        const auto name = text_member(about, "name");
        const bool known =
            type.empty() || type == "function" || (type == "custom" && one.contains("input_schema"));
        if (!known || name.empty()) {
            left.add("tool " + (type.empty() ? name : type) + " of the provider");
            continue;
        }
        made.push_back({name, text_member(about, "description"),
                        member_or_null(about, about.contains("input_schema") ? "input_schema" : "parameters"),
                        member_or_null(about, "strict")});
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
