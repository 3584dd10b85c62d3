#include "anthropic_messages/api.hpp"

#include "anthropic_messages/blocks.hpp"
#include "bedrock/path.hpp"
#include "client_rewrites.hpp"
#include "content_blocks.hpp"
#include "json.hpp"
#include "path_names.hpp"
#include "session_ids.hpp"
#include "usage_details.hpp"

#include <string>
#include <utility>

namespace tapes::llm::anthropic_messages {
namespace {

// Returns the session's part of what Claude Code sends as `metadata.user_id`: until 2.1.77
// "user_<hash>_account_<uuid>_session_<uuid>", from then on an object with a `session_id`, as text. Other ids
// are returned whole.
std::string session_of(const std::string& user_id) {
    constexpr std::string_view mark = "_session_";
    if (user_id.starts_with('{')) {
        std::string session;
        try {
            json_reader json(user_id);
            read_text_member(json.root(), "session_id", session);
        } catch (const simdjson::simdjson_error&) {
            return user_id;
        }
        return session.empty() ? user_id : session;
    }
    const std::size_t at = user_id.starts_with("user_") ? user_id.rfind(mark) : std::string::npos;
    if (at == std::string::npos || at + mark.size() == user_id.size()) {
        return user_id;
    }
    return user_id.substr(at + mark.size());
}

merkle::message read_message(json_object from) {
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

void read_request(json_object root, request& out) {
    session_ids session;
    merkle::message system{"system", {}};
    bool has_messages = false;
    for (auto [key, value] : members_of(root)) {
        if (key == "model") {
            read_text(value, out.model);
        } else if (key == "system") {
            system.content.clear();
            read_content(value, system.content);
        } else if (key == "messages") {
            has_messages = true;
            out.messages.clear();
            for (auto message : value.get_array()) {
                out.messages.push_back(read_message(message.get_object()));
            }
        } else if (key == "stream") {
            out.streamed = read_flag(value);
        } else if (key == "metadata") {
            read_metadata(value, session);
        }
    }
    session.metadata_user_id = session_of(session.metadata_user_id);
    out.session = std::move(session).best();
    if (!has_messages) {
        throw simdjson::simdjson_error(simdjson::NO_SUCH_FIELD);
    }
    drop_client_rewrites(system.content);
    if (!system.content.empty()) {
        out.messages.insert(out.messages.begin(), std::move(system));
        out.leading = 1;
    }
}

void read_usage(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    std::optional<std::int64_t> input;
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "input_tokens") {
            read_count(value, input);
        } else if (key == "output_tokens") {
            read_count(value, out.completion_tokens);
        } else if (key == "cache_creation_input_tokens") {
            read_count(value, out.cache_creation_input_tokens);
        } else if (key == "cache_read_input_tokens") {
            read_count(value, out.cache_read_input_tokens);
        } else {
            read_usage_detail(key, value, out);
        }
    }
    out.prompt_tokens = sum_of({input, out.cache_creation_input_tokens, out.cache_read_input_tokens});
    out.total_tokens = sum_of({out.prompt_tokens, out.completion_tokens});
}

map_error read_answer(json_object root, answer& out) {
    choice only;
    std::string explanation;
    std::string type;
    bool has_content = false;
    bool has_error = false;
    for (auto [key, value] : members_of(root)) {
        if (key == "id") {
            read_name(value, out.id);
        } else if (key == "type") {
            read_text(value, type);
        } else if (key == "role") {
            read_text(value, only.message.role);
        } else if (key == "model") {
            read_name(value, out.model);
        } else if (key == "content") {
            has_content = true;
            only.message.content.clear();
            read_content(value, only.message.content);
        } else if (key == "stop_reason") {
            read_name(value, only.stop_reason);
        } else if (key == "stop_details") {
            explanation.clear();
            read_text_member(value, "explanation", explanation);
        } else if (key == "usage") {
            read_usage(value, out.used);
        } else if (key == "error") {
            has_error = !is_null(value);
        }
    }
    add_refusal(only.message.content, std::move(explanation));
    if (!only.message.content.empty()) {
        if (only.message.role.empty()) {
            only.message.role = "assistant";
        }
        mark_blank_text(only.message);
        out.choices.push_back(std::move(only));
        return map_error::none;
    }
    if (has_error || type == "error") {
        return map_error::provider_error;
    }
    return has_content ? map_error::empty : map_error::wrong_shape;
}

constexpr std::string_view vertex_shot = ":rawPredict";
constexpr std::string_view vertex_stream = ":streamRawPredict";

/// Returns the model of `…/publishers/anthropic/models/MODEL:rawPredict` and `:streamRawPredict`, with its
/// version behind an `@`; "" for other paths, and for the one that counts tokens.
std::string_view vertex_model(std::string_view path) noexcept {
    auto model = segment_between(path, "/publishers/anthropic/models/", {});
    for (const auto verb : {vertex_shot, vertex_stream}) {
        if (model.ends_with(verb) && path.ends_with(verb)) {
            model.remove_suffix(verb.size());
            return model == "count-tokens" ? std::string_view{} : model;
        }
    }
    return {};
}

/// InvokeModel takes the body of the vendor's own API, and ids need not name the vendor.
bool is_invocation(const bedrock::model_path& from) noexcept {
    const bool invokes =
        from.action == bedrock::operation::invoke || from.action == bedrock::operation::invoke_stream;
    return invokes && bedrock::may_be_anthropic(from.id);
}

}  // namespace

bool matches(std::string_view path) noexcept {
    // OpenAI's Assistants have messages of threads, which are no turns.
    return (path.ends_with("/messages") && path.find("/threads/") == std::string_view::npos) ||
           !vertex_model(path).empty() || is_invocation(bedrock::read_model_path(path));
}

path_facts read_path(std::string_view path) {
    if (const auto model = vertex_model(path); !model.empty()) {
        return {.model = name_in_path(model),
                .streamed = path.ends_with(vertex_stream) ? std::optional{true} : std::nullopt,
                .provider = "vertex"};
    }
    if (const auto invoked = bedrock::read_model_path(path); is_invocation(invoked)) {
        auto facts = bedrock::facts_of(invoked);
        facts.required_member = "anthropic_version";
        return facts;
    }
    return {};
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

std::size_t expected_choices(std::string_view) {
    return 1;
}

}  // namespace tapes::llm::anthropic_messages
