#include "openapi/schemas.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace tapes::api {

namespace {

using nlohmann::ordered_json;

ordered_json enumeration(std::string_view names) {
    ordered_json made{{"type", "string"}, {"enum", ordered_json::array()}};
    while (true) {
        const auto end = names.find('|');
        made["enum"].push_back(names.substr(0, end));
        if (end == std::string_view::npos) {
            return made;
        }
        names.remove_prefix(end + 1);
    }
}

ordered_json of_text(std::string_view text) {
    if (text.ends_with('?')) {
        auto made = of_text(text.substr(0, text.size() - 1));
        return {{"anyOf", {std::move(made), {{"type", "null"}}}}};
    }
    if (text.starts_with('#')) {
        return {{"$ref", "#/components/schemas/" + std::string{text.substr(1)}}};
    }
    if (text.starts_with('=')) {
        return enumeration(text.substr(1));
    }
    if (text.starts_with('[') && text.ends_with(']')) {
        return {{"type", "array"}, {"items", of_text(text.substr(1, text.size() - 2))}};
    }
    if (text.starts_with('{') && text.ends_with('}')) {
        return {{"type", "object"}, {"additionalProperties", of_text(text.substr(1, text.size() - 2))}};
    }
    if (text == "any") {
        return ordered_json::object();
    }
    if (text == "count") {
        return {{"type", "integer"}, {"minimum", 0}};
    }
    if (text == "time") {
        return {{"type", "string"}, {"format", "date-time"}};
    }
    if (text == "string" || text == "integer" || text == "number" || text == "boolean") {
        return {{"type", text}};
    }
    throw std::logic_error{"no schema has the form " + std::string{text}};
}

}  // namespace

ordered_json expanded_schema(const ordered_json& form) {
    if (form.is_string()) {
        return of_text(form.get_ref<const std::string&>());
    }
    if (form.contains("oneOf")) {
        ordered_json made{{"oneOf", ordered_json::array()}};
        for (const auto& one : form["oneOf"]) {
            made["oneOf"].push_back(expanded_schema(one));
        }
        return made;
    }
    ordered_json made{{"type", "object"},
                      {"properties", ordered_json::object()},
                      {"required", ordered_json::array()},
                      {"additionalProperties", false}};
    for (const auto& [key, value] : form.items()) {
        const bool optional = key.ends_with('?');
        const auto name = optional ? key.substr(0, key.size() - 1) : key;
        made["properties"][name] = expanded_schema(value);
        if (!optional) {
            made["required"].push_back(name);
        }
    }
    return made;
}

}  // namespace tapes::api
