#include "openai_chat/api.hpp"

#include "content_blocks.hpp"
#include "json.hpp"
#include "openai/path.hpp"
#include "openai/usage.hpp"
#include "openai_chat/message.hpp"
#include "openai_chat/message_parts.hpp"
#include "session_ids.hpp"

#include <algorithm>
#include <utility>

namespace tapes::llm::openai_chat {
namespace {

std::size_t to_choices(std::optional<std::int64_t> n) {
    constexpr std::int64_t most = 1024;
    return static_cast<std::size_t>(std::clamp<std::int64_t>(n.value_or(1), 1, most));
}

struct indexed_choice {
    std::int64_t index = 0;
    choice content;
};

indexed_choice read_choice(json_object from, std::int64_t position) {
    indexed_choice read;
    read.index = position;
    read.content.has_index = false;
    for (auto [key, value] : members_of(from)) {
        if (key == "index") {
            const auto index = read_integer(value);
            read.index = index.value_or(position);
            read.content.has_index = index.has_value();
        } else if (key == "finish_reason") {
            read_name(value, read.content.stop_reason);
        } else if (key == "message" && is_object(value)) {
            read.content.message = read_message(value.get_object(), message_side::answer);
        }
    }
    if (read.content.message.role.empty()) {
        read.content.message.role = "assistant";
        mark_blank_text(read.content.message);
    }
    return read;
}

void read_request(json_object root, request& out) {
    session_ids session;
    bool has_messages = false;
    for (auto [key, value] : members_of(root)) {
        if (key == "model") {
            read_text(value, out.model);
        } else if (key == "messages") {
            has_messages = true;
            out.messages.clear();
            for (auto message : value.get_array()) {
                out.messages.push_back(read_message(message.get_object(), message_side::request));
            }
        } else if (key == "stream") {
            out.streamed = read_flag(value);
        } else if (key == "n") {
            out.choices = to_choices(read_integer(value));
        } else {
            read_session_member(key, value, session);
        }
    }
    out.session = std::move(session).best();
    if (!has_messages) {
        throw simdjson::simdjson_error(simdjson::NO_SUCH_FIELD);
    }
}

map_error read_answer(json_object root, answer& out) {
    std::vector<indexed_choice> choices;
    std::vector<merkle::block> sources;
    std::string deferred;
    bool has_choices = false;
    bool failed = false;
    for (auto [key, value] : members_of(root)) {
        if (key == "id") {
            read_name(value, out.id);
        } else if (key == "request_id") {
            read_name(value, deferred);
        } else if (key == "model") {
            read_name(value, out.model);
        } else if (key == "usage") {
            openai::read_chat_usage(value, out.used);
        } else if (key == "error") {
            failed = !is_null(value);
        } else if (key == "choices" && is_array(value)) {
            has_choices = true;
            choices.clear();
            for (auto from : value.get_array()) {
                choices.push_back(read_choice(from.get_object(), static_cast<std::int64_t>(choices.size())));
            }
        } else if (is_source(key)) {
            read_source(key, value, sources);
        }
    }
    std::stable_sort(choices.begin(), choices.end(),
                     [](const indexed_choice& a, const indexed_choice& b) { return a.index < b.index; });
    for (indexed_choice& from : choices) {
        if (!from.content.message.content.empty()) {
            out.choices.push_back(std::move(from.content));
        }
    }
    if (!out.choices.empty()) {
        append_blocks(out.choices.front().message.content, std::move(sources));
        return map_error::none;
    }
    if (!failed && !has_choices && out.id.empty() && !deferred.empty()) {  // xAI: `deferred: true`
        out.id = std::move(deferred);
        out.pending = true;
        return map_error::empty;
    }
    return failed ? map_error::provider_error : has_choices ? map_error::empty : map_error::wrong_shape;
}

}  // namespace

bool matches(std::string_view path) noexcept {
    return path.ends_with("/chat/completions") || openai::is_serving_endpoint(path);
}

map_error map_request(std::string_view body, const item_source&, request& out) {
    return map_json(body, [&out](json_object root) {
        read_request(root, out);
        return map_error::none;
    });
}

map_error map_answer(std::string_view body, answer& out) {
    return map_json(body, [&out](json_object root) { return read_answer(root, out); });
}

std::size_t expected_choices(std::string_view body) {
    if (body.find("\"n\"") == std::string_view::npos) {
        return 1;
    }
    try {
        json_reader json(body);
        std::size_t choices = 1;
        for (auto [key, value] : members_of(json.root())) {
            if (key == "n") {
                choices = to_choices(read_integer(value));
            }
        }
        return choices;
    } catch (const simdjson::simdjson_error&) {
        return 1;
    }
}

}  // namespace tapes::llm::openai_chat
