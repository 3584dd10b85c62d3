#include "openai_responses/events.hpp"

#include "streamed_text.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::llm::openai_responses {
namespace {

using place = partial_item::place;

struct stem {
    std::string_view name;
    event_kind kind;
};

constexpr event_kind about(subject topic, place position = place::content, std::string_view item_type = {}) {
    return {topic, step::delta, position, item_type, {}, {}};
}

constexpr event_kind text(place position, std::string_view item_type, std::string_view name,
                          std::string_view member) {
    return {subject::text, step::delta, position, item_type, name, member};
}

// Events whose names end in .added, .delta or .done.
constexpr std::array<stem, 15> stems{{
    {"response.output_text", text(place::content, "message", "output_text", "text")},
    {"response.refusal", text(place::content, "message", "refusal", "refusal")},
    {"response.reasoning_text", text(place::content, "reasoning", "reasoning_text", "text")},
    {"response.reasoning_summary_text", text(place::summary, "reasoning", {}, "text")},
    {"response.function_call_arguments", text(place::member, "function_call", "arguments", "arguments")},
    {"response.custom_tool_call_input", text(place::member, "custom_tool_call", "input", "input")},
    {"response.code_interpreter_call_code", text(place::member, "code_interpreter_call", "code", "code")},
    {"response.mcp_call_arguments", text(place::member, "mcp_call", "arguments", "arguments")},
    {"response.shell_call_command", text(place::command, "shell_call", {}, "command")},
    {"response.output_item", about(subject::item)},
    {"response.content_part", about(subject::part)},
    {"response.reasoning_part", about(subject::part)},  // vLLM
    {"response.shell_call_output_content", about(subject::output, place::content, "shell_call_output")},
    {"response.reasoning_summary_part", about(subject::summary_part, place::summary, "reasoning")},
    {"response.output_text.annotation", about(subject::annotation)},
}};

constexpr std::array<std::pair<std::string_view, step>, 3> steps{
    {{"added", step::added}, {"delta", step::delta}, {"done", step::done}}};

// The last two end answers on WebSockets.
constexpr std::array<std::pair<std::string_view, subject>, 9> others{{
    {"response.created", subject::response},
    {"response.in_progress", subject::response},
    {"response.queued", subject::response},
    {"response.completed", subject::end},
    {"response.incomplete", subject::end},
    {"response.failed", subject::end},
    {"error", subject::error},
    {"response.cancelled", subject::end},
    {"response.done", subject::end},
}};

void read_described(json_object from, event_fields& out) {
    for (auto [key, value] : members_of(from)) {
        if (key == "id") {
            read_text(value, out.id);
        } else if (key == "type") {
            read_text(value, out.type);
        } else if (key == "text" || key == "refusal") {
            out.has_text = read_text(value, out.text) || out.has_text;
        }
    }
    rewind(from);
    out.json = read_raw(from);
}

bool is_empty_array(std::string_view json) noexcept {
    const std::size_t first = json.find_first_not_of(" \t\r\n", 1);
    return first == std::string_view::npos || json[first] == ']';
}

// Reads a piece of what a command put out, or all of it.
void read_output(json_value from, event_fields& out) {
    if (is_array(from)) {
        out.json = read_raw(from);
        if (is_empty_array(out.json)) {
            out.json = "[]";
        }
    } else if (is_object(from)) {
        for (auto [key, value] : members_of(from.get_object())) {
            if (key == "stdout" || key == "stderr") {
                out.has_text = read_piece(value, key == "stdout" ? out.text : out.err) || out.has_text;
            }
        }
    }
}

}  // namespace

event_kind kind_of(std::string_view event_type) noexcept {
    for (const auto& [name, subject] : others) {
        if (name == event_type) {
            return about(subject);
        }
    }
    const std::size_t dot = event_type.rfind('.');
    if (dot == std::string_view::npos) {
        return {};
    }
    const auto* const progress = std::find_if(steps.begin(), steps.end(), [&](const auto& known) {
        return known.first == event_type.substr(dot + 1);
    });
    const auto* const known = std::find_if(
        stems.begin(), stems.end(), [&](const stem& from) { return from.name == event_type.substr(0, dot); });
    if (progress == steps.end() || known == stems.end()) {
        return {};
    }
    event_kind kind = known->kind;
    kind.progress = progress->second;
    return kind;
}

std::string read_event_type(json_object from) {
    std::string type;
    bool failed = false;
    for (auto [key, value] : members_of(from)) {
        if (key == "type" && read_text(value, type)) {
            return type;
        }
        failed = (key == "error" && is_error(value)) || failed;
    }
    return failed ? "error" : type;  // SDKs take an error for one without a type, too
}

event_fields read_event(json_object from, const event_kind& kind) {
    event_fields read;
    const std::string_view text = kind.progress == step::delta ? "delta" : kind.member;
    for (auto [key, value] : members_of(from)) {
        if (key == "output_index") {
            read.output_index = read_integer(value);
        } else if (key == "content_index" || key == "summary_index" || key == "command_index") {
            read.index = read_integer(value).value_or(0);
        } else if (key == "item_id") {
            read_text(value, read.item_id);
        } else if (kind.about == subject::text && key == text) {
            read.has_text = read_piece(value, read.text);
        } else if (kind.about == subject::output && (key == "delta" || key == "output")) {
            read_output(value, read);
        } else if ((key == "item" || key == "part" || key == "annotation") && is_object(value)) {
            read_described(value.get_object(), read);
        }
    }
    return read;
}

void response_members::merge(json_object response) {
    for (auto [key, value] : members_of(response)) {
        if (key == "output") {
            std::string output = is_array(value) ? read_raw(value) : std::string();
            if (!output.empty() && !is_empty_array(output)) {
                held_ += output.size() - output_.size();
                output_ = std::move(output);
            }
        } else if (key == "status") {
            std::string status = read_raw(value);
            if (!tells_nothing(status)) {
                status_ = std::move(status);
            }
        } else if (key == "usage") {
            if (is_object(value)) {
                usage_.merge(held_, value.get_object());
            }
        } else if (key != "instructions" && key != "tools") {
            std::string json = read_raw(value);
            std::string& known = members_[std::string(key)];
            if (known.empty() || !tells_nothing(json)) {
                held_ += key.size() + json.size() - known.size();
                known = std::move(json);
            }
        }
    }
}

void response_members::set_default_status(std::string status) {
    if (status_.empty()) {
        status_ = std::move(status);
    }
}

void response_members::forget_progress() noexcept {
    held_ -= output_.size();
    status_.clear();
    output_.clear();
}

void response_members::write(std::string& out) const {
    for (const auto& [key, json] : members_) {
        merkle::append_json_string(out, key);
        out.append(":").append(json).append(",");
    }
    if (!usage_.empty()) {
        out.append(R"("usage":)");
        usage_.write(out);
        out.push_back(',');
    }
}

}  // namespace tapes::llm::openai_responses
