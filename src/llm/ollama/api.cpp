#include "ollama/api.hpp"

#include "content_blocks.hpp"
#include "json.hpp"
#include "ollama/message.hpp"

#include <iterator>
#include <utility>

namespace tapes::llm::ollama {
namespace {

using merkle::block;

// Reads a member that both requests have; returns false for other members.
bool read_setting(std::string_view key, json_value value, request& out) {
    if (key == "model") {
        read_text(value, out.model);
    } else if (key == "stream") {
        out.streamed = read_flag(value, true);
    } else {
        return false;
    }
    return true;
}

void read_chat_request(json_object root, request& out) {
    out.streamed = true;
    for (auto [key, value] : members_of(root)) {
        if (!read_setting(key, value, out) && key == "messages" && !is_null(value)) {
            out.messages.clear();
            for (auto message : value.get_array()) {
                out.messages.push_back(read_message(message.get_object()));
            }
        }
    }
}

void add_typed_text(std::vector<block>& to, const char* type, std::string text) {
    if (!text.empty()) {
        block& added = to.emplace_back();
        added.type = type;
        added.text = std::move(text);
    }
}

// Reads what the prompt is made of: the system text and the template that frames it, then the user's part.
void read_generate_request(json_object root, request& out) {
    draft prompt;
    std::string system;
    std::string framed;
    std::string suffix;
    std::vector<block> context;
    out.streamed = true;
    for (auto [key, value] : members_of(root)) {
        if (read_setting(key, value, out)) {
            continue;
        }
        if (key == "prompt") {
            read_content(value, prompt);
        } else if (key == "system") {
            read_text(value, system);
        } else if (key == "template") {
            read_text(value, framed);
        } else if (key == "suffix") {
            read_text(value, suffix);
        } else if (key == "images") {
            read_images(value, prompt);
        } else if (key == "context" && !is_null(value)) {
            context.push_back(raw_block("context", read_raw(value)));
        }
    }
    merkle::message leading{"system", {}};
    add_text(leading.content, std::move(system));
    add_typed_text(leading.content, "template", std::move(framed));
    out.messages.clear();
    out.leading = leading.content.empty() ? 0 : 1;
    if (out.leading > 0) {
        out.messages.push_back(std::move(leading));
    }
    prompt.content.insert(prompt.content.begin(), std::make_move_iterator(context.begin()),
                          std::make_move_iterator(context.end()));
    add_typed_text(prompt.images, "suffix", std::move(suffix));
    prompt.role = "user";
    out.messages.push_back(finish(std::move(prompt)));
}

// The members that both answers have beside their message.
struct ending {
    std::string done_reason;
    bool done = false;
    bool failed = false;

    /// Takes a member; returns false for other members.
    bool read(std::string_view key, json_value value, answer& out) {
        merkle::usage& used = out.used;
        if (key == "model") {
            read_name(value, out.model);
        } else if (key == "done") {
            done = read_flag(value);
        } else if (key == "done_reason") {
            read_name(value, done_reason);
        } else if (key == "error") {
            failed = !is_null(value);
        } else if (key == "prompt_eval_count") {
            read_count(value, used.prompt_tokens);
        } else if (key == "eval_count") {
            read_count(value, used.completion_tokens);
        } else if (key == "total_duration") {
            read_count(value, used.total_duration_ns);
        } else if (key == "prompt_eval_duration") {
            read_count(value, used.prompt_duration_ns);
        } else {
            return false;
        }
        return true;
    }

    map_error conclude(merkle::message message, bool has_message, answer& out) {
        merkle::usage& used = out.used;
        std::int64_t sum = 0;
        if ((used.prompt_tokens || used.completion_tokens) &&
            !__builtin_add_overflow(used.prompt_tokens.value_or(0), used.completion_tokens.value_or(0),
                                    &sum)) {
            used.total_tokens = sum;
        }
        if (message.content.empty()) {
            return failed                ? map_error::provider_error
                   : has_message || done ? map_error::empty
                                         : map_error::wrong_shape;
        }
        if (message.role.empty()) {
            message.role = "assistant";
            mark_blank_text(message);
        }
        out.choices.push_back({std::move(message), !done_reason.empty() ? std::move(done_reason)
                                                   : done               ? "stop"
                                                                        : "incomplete"});
        return map_error::none;
    }
};

map_error read_chat_answer(json_object root, answer& out) {
    ending end;
    merkle::message message;
    bool has_message = false;
    for (auto [key, value] : members_of(root)) {
        if (!end.read(key, value, out) && key == "message" && is_object(value)) {
            has_message = true;
            message = read_message(value.get_object());
        }
    }
    return end.conclude(std::move(message), has_message, out);
}

map_error read_generate_answer(json_object root, answer& out) {
    ending end;
    draft made;
    bool has_message = false;
    for (auto [key, value] : members_of(root)) {
        if (end.read(key, value, out)) {
            continue;
        }
        has_message =
            has_message || key == "response" || key == "thinking" || key == "image" || key == "tool_calls";
        if (key == "response") {
            read_content(value, made);
        } else if (key == "thinking") {
            read_thinking(value, made);
        } else if (key == "image") {
            read_images(value, made);
        } else if (key == "tool_calls") {
            read_calls(value, made);
        }
    }
    made.role = "assistant";
    return end.conclude(finish(std::move(made)), has_message, out);
}

}  // namespace

bool matches_chat(std::string_view path) noexcept {
    return path.ends_with("/api/chat");
}

bool matches_generate(std::string_view path) noexcept {
    return path.ends_with("/api/generate");
}

map_error map_chat_request(std::string_view body, const item_source&, request& out) {
    return map_json(body, [&out](json_object root) {
        read_chat_request(root, out);
        return map_error::none;
    });
}

map_error map_generate_request(std::string_view body, const item_source&, request& out) {
    return map_json(body, [&out](json_object root) {
        read_generate_request(root, out);
        return map_error::none;
    });
}

map_error map_chat_answer(std::string_view body, answer& out) {
    return map_json(body, [&out](json_object root) { return read_chat_answer(root, out); });
}

map_error map_generate_answer(std::string_view body, answer& out) {
    return map_json(body, [&out](json_object root) { return read_generate_answer(root, out); });
}

std::size_t expected_choices(std::string_view) {
    return 1;
}

}  // namespace tapes::llm::ollama
