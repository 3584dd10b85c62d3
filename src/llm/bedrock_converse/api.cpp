#include "bedrock_converse/api.hpp"

#include "bedrock/path.hpp"
#include "bedrock_converse/blocks.hpp"
#include "bedrock_converse/usage.hpp"
#include "content_blocks.hpp"
#include "json.hpp"

#include <string>
#include <utility>

namespace tapes::llm::bedrock_converse {
namespace {

merkle::message read_converse_message(json_object from) {
    merkle::message message;
    for (auto [key, value] : members_of(from)) {
        if (key == "role") {
            read_text(value, message.role);
        } else if (key == "content") {
            message.content.clear();
            read_content(value, message.content);
        }
    }
    mark_blank_text(message);
    return message;
}

void read_converse_request(json_object root, request& out) {
    merkle::message system{"system", {}};
    bool has_messages = false;
    for (auto [key, value] : members_of(root)) {
        if (key == "system") {
            system.content.clear();
            read_content(value, system.content);
        } else if (key == "messages") {
            has_messages = true;
            out.messages.clear();
            for (auto message : value.get_array()) {
                out.messages.push_back(read_converse_message(message.get_object()));
            }
        } else if (key == "modelId") {  // gateways that keep it in the body
            read_name(value, out.model);
        }
    }
    if (!has_messages) {
        throw simdjson::simdjson_error(simdjson::NO_SUCH_FIELD);
    }
    if (!system.content.empty()) {
        out.messages.insert(out.messages.begin(), std::move(system));
        out.leading = 1;
    }
}

/// A prompt router says in its trace which model has answered.
void read_trace(json_value from, answer& out) {
    if (!is_object(from)) {
        return;
    }
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "promptRouter" && is_object(value)) {
            read_text_member(value, "invokedModelId", out.model);
        }
    }
}

map_error read_converse_answer(json_object root, answer& out) {
    choice only;
    bool has_message = false;
    bool failed = false;
    for (auto [key, value] : members_of(root)) {
        if (key == "output" && is_object(value)) {
            for (auto [name, member] : members_of(value.get_object())) {
                if (name == "message" && is_object(member)) {
                    has_message = true;
                    only.message = read_converse_message(member.get_object());
                }
            }
        } else if (key == "stopReason") {
            read_name(value, only.stop_reason);
        } else if (key == "usage") {
            read_usage(value, out.used);
        } else if (key == "trace") {
            read_trace(value, out);
        } else if (key == "error") {
            failed = is_error(value);
        }
    }
    if (!only.message.content.empty()) {
        if (only.message.role.empty()) {
            only.message.role = "assistant";
            mark_blank_text(only.message);
        }
        out.choices.push_back(std::move(only));
        return map_error::none;
    }
    return failed ? map_error::provider_error : has_message ? map_error::empty : map_error::wrong_shape;
}

}  // namespace

bool matches(std::string_view path) noexcept {
    const auto action = bedrock::read_model_path(path).action;
    return action == bedrock::operation::converse || action == bedrock::operation::converse_stream;
}

path_facts read_path(std::string_view path) {
    return bedrock::facts_of(bedrock::read_model_path(path));
}

map_error map_request(std::string_view body, const item_source&, request& out) {
    return map_json(body, [&out](json_object root) {
        read_converse_request(root, out);
        return map_error::none;
    });
}

map_error map_answer(std::string_view body, answer& out) {
    return map_json(body, [&out](json_object root) { return read_converse_answer(root, out); });
}

std::size_t expected_choices(std::string_view) {
    return 1;
}

}  // namespace tapes::llm::bedrock_converse
