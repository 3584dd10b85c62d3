#include "openai_responses/api.hpp"

#include "content_blocks.hpp"
#include "openai_responses/items.hpp"
#include "openai_usage.hpp"
#include "said_json.hpp"
#include "session_ids.hpp"

#include <iterator>
#include <utility>

namespace tapes::llm::openai_responses {
namespace {

using messages = std::vector<merkle::message>;

// Text is one message of `role`; otherwise it is items.
messages read_items(json_value from, const item_source& items, std::string_view role) {
    std::string text;
    if (is_null(from)) {
        return {};
    }
    if (read_text(from, text)) {
        messages said(1, {std::string(role), {}});
        add_text(said[0].content, std::move(text));
        return said;
    }
    history gathered(items);
    for (auto element : from.get_array()) {
        gathered.add(element.get_object());
    }
    return std::move(gathered).take();
}

void read_conversation(json_value from, std::string& out) {
    if (read_text(from, out) || !is_object(from)) {
        return;
    }
    for (auto member : from.get_object()) {
        json_field field = field_of(member);
        if (key_of(field) == "id") {
            read_text(field.value(), out);
        }
    }
}

// What stands outside the history.
struct standing {
    messages instructions;
    std::string prompt;  ///< a stored prompt and its variables, as JSON
};

bool read_session(std::string_view key, json_field& field, session_ids& session) {
    if (key == "prompt_cache_key") {
        read_text(field.value(), session.prompt_cache_key);
    } else if (key == "session_id") {
        read_text(field.value(), session.session_id);
    } else if (key == "metadata") {
        read_metadata(field.value(), session);
    } else {
        return false;
    }
    return true;
}

// `instructions` count for one request only, so they are part of a chain only where it begins with them.
void put_in_front(standing before, request& out) {
    if (!out.previous_response_id.empty() || !out.conversation.empty()) {
        return;
    }
    messages all = std::move(before.instructions);
    if (!all.empty() && all.front().content.empty()) {
        all.clear();
    }
    if (!before.prompt.empty()) {
        all.push_back({"system", {raw_block("prompt", std::move(before.prompt))}});
    }
    out.leading = all.size();
    std::move(out.messages.begin(), out.messages.end(), std::back_inserter(all));
    out.messages = std::move(all);
}

void read_request(json_object root, const item_source& items, request& out) {
    session_ids session;
    standing before;
    bool has_input = false;
    for (auto member : root) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "model") {
            read_text(field.value(), out.model);
        } else if (key == "input") {
            has_input = !is_null(field.value());
            out.messages = read_items(field.value(), items, "user");
        } else if (key == "instructions") {
            before.instructions = read_items(field.value(), items, "system");
        } else if (key == "prompt" && is_object(field.value())) {
            before.prompt = said_json(field.value());
        } else if (key == "stream") {
            bool streamed = false;
            out.streamed = field.value().get_bool().get(streamed) == simdjson::SUCCESS && streamed;
        } else if (key == "generate") {
            bool generate = true;
            out.only_prepares = field.value().get_bool().get(generate) == simdjson::SUCCESS && !generate;
        } else if (key == "previous_response_id") {
            read_text(field.value(), out.previous_response_id);
        } else if (key == "conversation") {
            read_conversation(field.value(), out.conversation);
        } else {
            read_session(key, field, session);
        }
    }
    out.session = std::move(session).best();
    const bool goes_on = !out.previous_response_id.empty() || !out.conversation.empty();
    if (!has_input && !goes_on && before.prompt.empty()) {
        throw simdjson::simdjson_error(simdjson::NO_SUCH_FIELD);
    }
    put_in_front(std::move(before), out);
}

std::string read_reason(json_value from) {
    std::string reason;
    if (is_object(from)) {
        for (auto member : from.get_object()) {
            json_field field = field_of(member);
            if (key_of(field) == "reason") {
                read_text(field.value(), reason);
            }
        }
    }
    return reason;
}

// All that an answer put out is one message, whoever ran the tools.
void read_output(json_value from, choice& said, std::vector<std::string>& ids) {
    said.said.content.clear();
    ids.clear();
    for (auto element : from.get_array()) {
        item read = read_item(element.get_object(), {});
        std::move(read.content.begin(), read.content.end(), std::back_inserter(said.said.content));
        if (!read.id.empty()) {
            ids.push_back(std::move(read.id));
        }
    }
}

map_error read_answer(json_object root, answer& out) {
    choice only;
    std::string status;
    std::string reason;
    bool has_output = false;
    bool failed = false;
    for (auto member : root) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "id") {
            read_text(field.value(), out.id);
        } else if (key == "model") {
            read_text(field.value(), out.model);
        } else if (key == "status") {
            read_text(field.value(), status);
        } else if (key == "incomplete_details") {
            reason = read_reason(field.value());
        } else if (key == "error") {
            failed = !is_null(field.value());
        } else if (key == "usage") {
            read_responses_usage(field.value(), out.used);
        } else if (key == "output" && is_array(field.value())) {
            has_output = true;
            read_output(field.value(), only, out.item_ids);
        }
    }
    if (only.said.content.empty()) {
        return failed || status == "failed"    ? map_error::provider_error
               : has_output || !status.empty() ? map_error::empty
                                               : map_error::wrong_shape;
    }
    only.said.role = "assistant";
    only.stop_reason = status == "incomplete" && !reason.empty() ? std::move(reason) : std::move(status);
    out.choices.push_back(std::move(only));
    return map_error::none;
}

side side_of_element(std::string_view element) {
    try {
        json_reader json(element);
        return side_of(json.root());
    } catch (const simdjson::simdjson_error&) {
        return side::either;
    }
}

}  // namespace

map_error map_request(std::string_view body, const item_source& items, request& out) {
    try {
        json_reader json(body);
        read_request(json.root(), items, out);
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

bool joins(std::string_view before, std::string_view after) {
    return side_of_element(before) != side::client && side_of_element(after) != side::client;
}

std::size_t expected_choices(std::string_view) {
    return 1;
}

}  // namespace tapes::llm::openai_responses
