#include "anthropic_messages/api.hpp"

#include "anthropic_messages/blocks.hpp"
#include "client_rewrites.hpp"
#include "content_blocks.hpp"
#include "json.hpp"
#include "session_ids.hpp"

#include <string>
#include <utility>

namespace tapes::llm::anthropic_messages {
namespace {

// The session's part of what Claude Code sends as `metadata.user_id`: until 2.1.77
// "user_<hash>_account_<uuid>_session_<uuid>", from then on an object with a `session_id`, as text. Else all.
std::string session_of(const std::string& user_id) {
    constexpr std::string_view mark = "_session_";
    if (user_id.starts_with('{')) {
        std::string session;
        try {
            json_reader json(user_id);
            for (auto member : json.root()) {
                json_field field = field_of(member);
                if (key_of(field) == "session_id") {
                    read_text(field.value(), session);
                }
            }
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

/// Text of nothing but white space: the API gives such blocks but does not take them, so clients drop them.
void drop_blank_text(merkle::message& said) {
    for (auto& one : said.content) {
        if (said.role == "assistant" && one.type == "text" && one.raw.empty() &&
            one.text.find_first_not_of(" \t\r\n") == std::string::npos) {
            one.dropped_by_clients = true;
        }
    }
}

merkle::message read_message(json_object from) {
    merkle::message said;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "role") {
            read_text(field.value(), said.role);
        } else if (key == "content") {
            said.content.clear();
            read_content(field.value(), said.content);
        }
    }
    drop_blank_text(said);
    return said;
}

void read_request(json_object root, request& out) {
    session_ids session;
    merkle::message system{"system", {}};
    bool has_messages = false;
    for (auto member : root) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "model") {
            read_text(field.value(), out.model);
        } else if (key == "system") {
            system.content.clear();
            read_content(field.value(), system.content);
        } else if (key == "messages") {
            has_messages = true;
            out.messages.clear();
            for (auto message : field.value().get_array()) {
                out.messages.push_back(read_message(message.get_object()));
            }
        } else if (key == "stream") {
            bool streamed = false;
            out.streamed = field.value().get_bool().get(streamed) == simdjson::SUCCESS && streamed;
        } else if (key == "metadata") {
            read_metadata(field.value(), session);
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

using tokens = std::optional<std::int64_t>;

// The sum of those that were told, nothing where none was or where it does not fit.
tokens sum(std::initializer_list<tokens> parts) {
    tokens total;
    for (const tokens& part : parts) {
        std::int64_t added = 0;
        if (!part) {
            continue;
        }
        if (__builtin_add_overflow(total.value_or(0), *part, &added)) {
            return std::nullopt;
        }
        total = added;
    }
    return total;
}

void read_usage(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    tokens input;
    for (auto member : from.get_object()) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "input_tokens") {
            input = read_integer(field.value());
        } else if (key == "output_tokens") {
            out.completion_tokens = read_integer(field.value());
        } else if (key == "cache_creation_input_tokens") {
            out.cache_creation_input_tokens = read_integer(field.value());
        } else if (key == "cache_read_input_tokens") {
            out.cache_read_input_tokens = read_integer(field.value());
        }
    }
    out.prompt_tokens = sum({input, out.cache_creation_input_tokens, out.cache_read_input_tokens});
    out.total_tokens = sum({out.prompt_tokens, out.completion_tokens});
}

std::string read_explanation(json_value stop_details) {
    std::string explanation;
    if (is_object(stop_details)) {
        for (auto member : stop_details.get_object()) {
            json_field field = field_of(member);
            if (key_of(field) == "explanation") {
                read_text(field.value(), explanation);
            }
        }
    }
    return explanation;
}

map_error read_answer(json_object root, answer& out) {
    choice only;
    std::string explanation;
    std::string type;
    bool has_content = false;
    bool has_error = false;
    for (auto member : root) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "id") {
            read_text(field.value(), out.id);
        } else if (key == "type") {
            read_text(field.value(), type);
        } else if (key == "role") {
            read_text(field.value(), only.said.role);
        } else if (key == "model") {
            read_text(field.value(), out.model);
        } else if (key == "content") {
            has_content = true;
            only.said.content.clear();
            read_content(field.value(), only.said.content);
        } else if (key == "stop_reason") {
            read_text(field.value(), only.stop_reason);
        } else if (key == "stop_details") {
            explanation = read_explanation(field.value());
        } else if (key == "usage") {
            read_usage(field.value(), out.used);
        } else if (key == "error") {
            has_error = !is_null(field.value());
        }
    }
    add_refusal(only.said.content, std::move(explanation));
    if (!only.said.content.empty()) {
        if (only.said.role.empty()) {
            only.said.role = "assistant";
        }
        drop_blank_text(only.said);
        out.choices.push_back(std::move(only));
        return map_error::none;
    }
    if (has_error || type == "error") {
        return map_error::provider_error;
    }
    return has_content ? map_error::empty : map_error::wrong_shape;
}

}  // namespace

map_error map_request(std::string_view body, const item_source&, request& out) {
    try {
        json_reader json(body);
        read_request(json.root(), out);
        json.require_end();
        return map_error::none;
    } catch (const simdjson::simdjson_error& failed) {
        return to_map_error(failed.error());
    }
}

map_error map_answer(std::string_view body, answer& out) {
    try {
        json_reader json(body);
        const map_error mapped = read_answer(json.root(), out);
        json.require_end();
        return mapped;
    } catch (const simdjson::simdjson_error& failed) {
        return to_map_error(failed.error());
    }
}

std::size_t expected_choices(std::string_view) {
    return 1;
}

}  // namespace tapes::llm::anthropic_messages
