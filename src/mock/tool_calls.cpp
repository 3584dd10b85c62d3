#include "tool_calls.hpp"

#include <tapes/text/hex.hpp>

#include <algorithm>

namespace tapes::mock {
namespace {

constexpr std::string_view call_word = "[call ";

const tool* find_tool(const question& from, std::string_view name) {
    const auto found =
        std::find_if(from.tools.begin(), from.tools.end(), [&](const tool& one) { return one.name == name; });
    return found == from.tools.end() ? nullptr : &*found;
}

std::string call_id(const question& from, const std::string& name, std::size_t number) {
    return text::to_hex(hash_of(from.text + name + std::to_string(number)));
}

/// The size of the JSON object that `text` begins with; 0 where it begins with none.
std::size_t object_size(std::string_view text) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted) {
            at += c == '\\' ? 1 : 0;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return at + 1;
        }
        if (depth == 0) {
            return 0;
        }
    }
    return 0;
}

/// The calls that the prompt spells out, as far as they name tools of the request and have JSON arguments.
std::vector<tool_call> spelled_calls(const question& from) {
    std::vector<tool_call> calls;
    const std::string_view prompt = from.prompt;
    for (auto at = prompt.find(call_word); at != std::string_view::npos;
         at = prompt.find(call_word, at + 1)) {
        const auto call = prompt.substr(at + call_word.size());
        const std::string name{call.substr(0, call.find_first_of(" ]"))};
        const auto* const known = find_tool(from, name);
        auto rest = call.substr(std::min(call.size(), name.size()));
        rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ')));
        const auto size = object_size(rest);
        if (known == nullptr || !rest.substr(size).starts_with(']')) {
            continue;
        }
        const auto text = size == 0 ? std::string_view{"{}"} : rest.substr(0, size);
        auto arguments = known->freeform ? json(text) : json::parse(text, nullptr, false);
        if (!arguments.is_discarded()) {
            calls.push_back({call_id(from, name, calls.size()), name, std::move(arguments), known->space});
        }
    }
    return calls;
}

tool_call sample_call(const question& from, int number) {
    const auto& chosen = from.tools[static_cast<std::size_t>(number) % from.tools.size()];
    tool_call call{call_id(from, chosen.name, static_cast<std::size_t>(number)), chosen.name, json::object(),
                   chosen.space};
    if (chosen.freeform) {
        call.arguments = sample_argument({}, number);
        return call;
    }
    const auto known = chosen.arguments();
    for (const auto& [name, schema] : known.items()) {
        call.arguments[name] = sample_argument(schema, number);
    }
    return call;
}

}  // namespace

json sample_argument(const json& schema, int number) {
    const auto type = schema.is_object() ? schema.value("type", json{}) : json{};
    if (type == "integer" || type == "number") {
        return number + 1;
    }
    if (type == "boolean") {
        return true;
    }
    const auto choices = schema.is_object() ? schema.value("enum", json::array()) : json::array();
    return choices.empty() ? json("a sample, é") : choices[0];
}

bool asks_for_calls(const question& from, const shape& wanted) {
    return wanted.tool_calls > 0 || from.prompt.find(call_word) != std::string::npos || asks_for_task(from);
}

std::vector<tool_call> choose_calls(const question& from, const shape& wanted) {
    if (from.tools.empty() || wanted.refusal || !(from.is_user || from.answers_tool)) {
        return {};
    }
    if (asks_for_task(from)) {
        return play_task(from);
    }
    if (from.answers_tool) {
        return {};
    }
    auto calls = spelled_calls(from);
    const int samples = calls.empty() ? wanted.tool_calls : 0;
    for (int i = 0; i < samples; ++i) {
        calls.push_back(sample_call(from, i));
    }
    return calls;
}

}  // namespace tapes::mock
