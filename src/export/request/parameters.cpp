#include "request/parameters.hpp"

#include <tapes/text/ordered_json.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tapes::exports {

namespace {

using nlohmann::ordered_json;

/// What stands in a request beside its parameters, in any API.
constexpr std::array<std::string_view, 16> no_parameters{
    "messages",          "input",  "system",     "instructions", "tools",    "previous_response_id",
    "conversation",      "prompt", "contents",   "context",      "template", "suffix",
    "systemInstruction", "images", "toolConfig", "modelId"};

/// One meaning under its name in each API; "" where an API has none.
struct parameter_names {
    std::array<std::string_view, 3> from;  ///< names under which it is recorded, the first that is there
    std::string_view anthropic, chat, responses;
};
constexpr std::array known_parameters{
    parameter_names{{"model"}, "model", "model", "model"},
    parameter_names{{"max_tokens", "max_completion_tokens", "max_output_tokens"},
                    "max_tokens",
                    "max_completion_tokens",
                    "max_output_tokens"},
    parameter_names{{"temperature"}, "temperature", "temperature", "temperature"},
    parameter_names{{"top_p"}, "top_p", "top_p", "top_p"},
    parameter_names{{"top_k"}, "top_k", "", ""},
    parameter_names{{"stream"}, "stream", "stream", "stream"},
    parameter_names{{"stop_sequences", "stop"}, "stop_sequences", "stop", ""},
    parameter_names{{"seed"}, "", "seed", ""},
    parameter_names{{"frequency_penalty"}, "", "frequency_penalty", ""},
    parameter_names{{"presence_penalty"}, "", "presence_penalty", ""},
    parameter_names{{"parallel_tool_calls"}, "", "parallel_tool_calls", "parallel_tool_calls"},
};

std::string_view name_in(const parameter_names& one, std::string_view api) {
    return api == "anthropic_messages" ? one.anthropic : api == "openai_chat" ? one.chat : one.responses;
}

/// `auto`, `none`, `any` (`required`) or the name of a tool, from any API.
std::string tool_choice_of(const ordered_json& from) {
    if (from.is_string()) {
        const auto text = from.get<std::string>();
        return text == "required" ? "any" : text;
    }
    if (!from.is_object()) {
        return {};
    }
    auto type = from.value("type", std::string{});
    if (type == "auto" || type == "none" || type == "any") {
        return type;
    }
    const auto function = from.find("function");
    const auto& named = function != from.end() && function->is_object() ? *function : from;
    const auto name = named.find("name");
    return name != named.end() && name->is_string() ? "tool " + name->get<std::string>() : std::string{};
}

ordered_json tool_choice_in_form(const std::string& choice, std::string_view api) {
    constexpr std::string_view mark = "tool ";
    const bool anthropic = api == "anthropic_messages";
    if (choice.starts_with(mark)) {
        const auto name = choice.substr(mark.size());
        return anthropic              ? ordered_json{{"type", "tool"}, {"name", name}}
               : api == "openai_chat" ? ordered_json{{"type", "function"}, {"function", {{"name", name}}}}
                                      : ordered_json{{"type", "function"}, {"name", name}};
    }
    if (anthropic) {
        return {{"type", choice}};
    }
    return choice == "any" ? "required" : choice;
}

}  // namespace

ordered_json own_parameters(const ordered_json& recorded) {
    text::ordered_members made;
    for (const auto& [name, value] : recorded.items()) {
        if (std::ranges::find(no_parameters, name) == no_parameters.end()) {
            made[name] = value;
        }
    }
    return std::move(made).take();
}

ordered_json parameters_in_form(const ordered_json& recorded, std::string_view to, left_out& left) {
    auto made = ordered_json::object();
    const auto own = own_parameters(recorded);
    for (const auto& [name, value] : own.items()) {
        if (name == "tool_choice") {
            if (const auto choice = tool_choice_of(value); !choice.empty()) {
                made[name] = tool_choice_in_form(choice, to);
                continue;
            }
        }
        const auto known = std::ranges::find_if(known_parameters, [&name = name](const parameter_names& one) {
            return std::ranges::find(one.from, std::string_view{name}) != one.from.end();
        });
        const auto there = known == known_parameters.end() ? std::string_view{} : name_in(*known, to);
        if (there.empty() || value.is_null()) {
            left.add("parameter " + name);
        } else if (there == "stop_sequences" && value.is_string()) {
            made["stop_sequences"] = ordered_json::array({value});
        } else {
            made[std::string{there}] = value;
        }
    }
    constexpr int usual_answer_tokens = 4096;
    if (to == "anthropic_messages" && !made.contains("max_tokens")) {
        made["max_tokens"] = usual_answer_tokens;  // the API requires it
    }
    return made;
}

}  // namespace tapes::exports
