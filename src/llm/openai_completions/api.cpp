#include "openai_completions/api.hpp"

#include "content_blocks.hpp"
#include "json.hpp"
#include "openai/usage.hpp"
#include "session_ids.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tapes::llm::openai_completions {
namespace {

constexpr std::size_t most_choices = 1024;

struct prompt_list {
    std::vector<merkle::block> content;
    std::size_t prompts = 1;
};

merkle::block token_block(std::string json) {
    return raw_block("tokens", std::move(json));
}

/// Reads a prompt: a text, texts, tokens (numbers), or lists of tokens. Each text, and each list, is one that
/// is answered for itself.
prompt_list read_prompts(json_value from) {
    prompt_list read;
    std::string text;
    if (read_text(from, text)) {
        add_text(read.content, std::move(text));
        return read;
    }
    if (!is_array(from)) {
        if (!is_null(from)) {
            read.content.push_back(raw_block({}, read_raw(from)));
        }
        return read;
    }
    read.prompts = 0;
    std::string tokens;  // of a prompt that is itself the list
    for (auto element : from.get_array()) {
        json_value value = element.value();
        std::string one;
        if (read_text(value, one)) {
            ++read.prompts;
            add_text(read.content, std::move(one));
        } else if (is_array(value)) {
            ++read.prompts;
            read.content.push_back(token_block(read_raw(value)));
        } else {
            tokens.append(tokens.empty() ? "" : ",").append(read_raw(value));
        }
    }
    if (!tokens.empty()) {
        ++read.prompts;
        read.content.push_back(token_block("[" + tokens + "]"));
    }
    read.prompts = std::max<std::size_t>(read.prompts, 1);
    return read;
}

std::size_t times(std::size_t prompts, std::optional<std::int64_t> n) {
    const auto each = std::clamp<std::int64_t>(n.value_or(1), 1, static_cast<std::int64_t>(most_choices));
    return std::min(std::min(prompts, most_choices) * static_cast<std::size_t>(each), most_choices);
}

void read_request(json_object root, request& out) {
    session_ids session;
    prompt_list prompt;
    std::string suffix;
    std::optional<std::int64_t> n;
    bool has_prompt = false;
    for (auto [key, value] : members_of(root)) {
        if (key == "model") {
            read_text(value, out.model);
        } else if (key == "prompt") {
            has_prompt = true;
            prompt = read_prompts(value);
        } else if (key == "suffix") {
            read_text(value, suffix);
        } else if (key == "stream") {
            out.streamed = read_flag(value);
        } else if (key == "n") {
            n = read_integer(value);
        } else {
            read_session_member(key, value, session);
        }
    }
    if (!has_prompt) {
        throw simdjson::simdjson_error(simdjson::NO_SUCH_FIELD);
    }
    out.session = std::move(session).best();
    out.choices = times(prompt.prompts, n);
    merkle::message user{"user", std::move(prompt.content)};
    if (!suffix.empty()) {
        merkle::block behind;
        behind.type = "suffix";
        behind.text = std::move(suffix);
        user.content.push_back(std::move(behind));
    }
    out.messages.clear();
    out.messages.push_back(std::move(user));
}

struct numbered_choice {
    std::int64_t index = 0;
    choice content;
};

numbered_choice read_completion(json_object from, std::int64_t position) {
    numbered_choice read;
    read.index = position;
    read.content.has_index = false;
    std::string text;
    for (auto [key, value] : members_of(from)) {
        if (key == "index") {
            const auto index = read_integer(value);
            read.index = index.value_or(position);
            read.content.has_index = index.has_value();
        } else if (key == "text") {
            read_text(value, text);
        } else if (key == "finish_reason") {
            read_name(value, read.content.stop_reason);
        }
    }
    read.content.message.role = "assistant";
    add_text(read.content.message.content, std::move(text));
    mark_blank_text(read.content.message);
    return read;
}

map_error read_answer(json_object root, answer& out) {
    std::vector<numbered_choice> choices;
    bool has_choices = false;
    bool failed = false;
    for (auto [key, value] : members_of(root)) {
        if (key == "id") {
            read_name(value, out.id);
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
                const auto position = static_cast<std::int64_t>(choices.size());
                choices.push_back(read_completion(from.get_object(), position));
            }
        }
    }
    std::ranges::stable_sort(choices, {}, &numbered_choice::index);
    for (auto& from : choices) {
        if (!from.content.message.content.empty()) {
            out.choices.push_back(std::move(from.content));
        }
    }
    return !out.choices.empty() ? map_error::none
           : failed             ? map_error::provider_error
           : has_choices        ? map_error::empty
                                : map_error::wrong_shape;
}

}  // namespace

bool matches_fim(std::string_view path) noexcept {
    return path.ends_with("/fim/completions");
}

bool matches(std::string_view path) noexcept {
    return path.ends_with("/completions") && !path.ends_with("/chat/completions") && !matches_fim(path);
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
    request asked;
    return map_request(body, {}, asked) == map_error::none ? asked.choices : 1;
}

}  // namespace tapes::llm::openai_completions
