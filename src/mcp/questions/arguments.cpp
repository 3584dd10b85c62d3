#include "questions/arguments.hpp"

#include <algorithm>

namespace tapes::mcp {

namespace {

std::string list_of(const ordered_json& values) {
    std::string made;
    for (const auto& one : values) {
        made += (made.empty() ? "" : ", ") + one.get<std::string>();
    }
    return made;
}

/// What is wrong with a value, behind "must "; "": nothing.
std::string fault_of(const ordered_json& schema, const ordered_json& value) {
    const auto type = schema.at("type").get<std::string>();
    if (type == "string") {
        if (!value.is_string()) {
            return "be a string";
        }
        const auto& text = value.get_ref<const std::string&>();
        if (text.size() > schema.value("maxLength", text.size())) {
            return "have at most " + std::to_string(schema["maxLength"].get<std::size_t>()) + " bytes";
        }
        if (const auto choice = schema.find("enum");
            choice != schema.end() && std::ranges::find(*choice, value) == choice->end()) {
            return "be one of " + list_of(*choice);
        }
        return {};
    }
    if (type == "boolean") {
        return value.is_boolean() ? std::string{} : "be true or false";
    }
    if (type == "array") {
        if (!value.is_array() || value.size() > schema.value("maxItems", value.size())) {
            return "be an array of at most " + std::to_string(schema.value("maxItems", 0U)) + " items";
        }
        for (const auto& one : value) {
            if (const auto fault = fault_of(schema.at("items"), one); !fault.empty()) {
                return "have items that " + fault;
            }
        }
        return {};
    }
    const auto least = schema.at("minimum").get<std::uint64_t>();
    const auto most = schema.at("maximum").get<std::uint64_t>();
    const bool whole =
        value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
    if (!whole || value.get<std::uint64_t>() < least || value.get<std::uint64_t>() > most) {
        return "be a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    }
    return {};
}

}  // namespace

arguments::arguments(const ordered_json& schema, const ordered_json& values) : values_{values} {
    const auto& known = schema.at("properties");
    for (const auto& [name, value] : values.items()) {
        const auto about = known.find(name);
        if (about == known.end()) {
            std::string names;
            for (const auto& [other, ignored] : known.items()) {
                names += (names.empty() ? "" : ", ") + other;
            }
            throw wrong_call{"there is no argument \"" + name.substr(0, 64) + "\"; this tool takes " + names};
        }
        if (const auto fault = fault_of(*about, value); !fault.empty()) {
            throw wrong_call{"the argument " + name + " must " + fault};
        }
    }
    for (const auto& name : schema.value("required", ordered_json::array())) {
        if (!values.contains(name.get<std::string>())) {
            throw wrong_call{"the argument " + name.get<std::string>() + " is missing"};
        }
    }
}

std::string arguments::text(const char* name) const {
    return values_.contains(name) ? values_[name].get<std::string>() : std::string{};
}

std::uint64_t arguments::number(const char* name, std::uint64_t otherwise) const {
    return values_.contains(name) ? values_[name].get<std::uint64_t>() : otherwise;
}

bool arguments::flag(const char* name) const {
    return values_.contains(name) && values_[name].get<bool>();
}

std::vector<std::string> arguments::texts(const char* name) const {
    return values_.contains(name) ? values_[name].get<std::vector<std::string>>()
                                  : std::vector<std::string>{};
}

ordered_json text_schema(const std::string& about, std::size_t longest) {
    return {{"type", "string"}, {"description", about}, {"maxLength", longest}};
}

ordered_json number_schema(const std::string& about, std::uint64_t least, std::uint64_t most,
                           std::uint64_t usual) {
    ordered_json made{{"type", "integer"}, {"description", about}, {"minimum", least}, {"maximum", most}};
    if (usual != 0) {
        made["default"] = usual;
    }
    return made;
}

ordered_json flag_schema(const std::string& about) {
    return {{"type", "boolean"}, {"description", about}, {"default", false}};
}

ordered_json choice_schema(const std::string& about, const std::vector<std::string>& values) {
    return {{"type", "string"}, {"description", about}, {"enum", values}};
}

}  // namespace tapes::mcp
