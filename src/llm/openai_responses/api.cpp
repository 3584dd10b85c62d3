#include "openai_responses/api.hpp"

#include "content_blocks.hpp"
#include "openai/pruned_json.hpp"
#include "openai/usage.hpp"
#include "openai_responses/history.hpp"
#include "openai_responses/items.hpp"
#include "session_ids.hpp"

#include <iterator>
#include <utility>

namespace tapes::llm::openai_responses {
namespace {

using messages = std::vector<merkle::message>;

// Reads a text as one message of `role`, anything else as items.
messages read_items(json_value from, const item_source& items, std::string_view role) {
    std::string text;
    if (is_null(from)) {
        return {};
    }
    if (read_text(from, text)) {
        messages made(1, {std::string(role), {}});
        add_text(made[0].content, std::move(text));
        return made;
    }
    history gathered(items);
    for (auto element : from.get_array()) {
        gathered.add(element.get_object());
    }
    return std::move(gathered).take();
}

void read_conversation(json_value from, std::string& out) {
    if (!read_text(from, out)) {
        read_text_member(from, "id", out);
    }
}

// What stands outside the history.
struct standing {
    messages instructions;
    std::string prompt;  ///< a stored prompt and its variables, as JSON
};

// `instructions` count for one request only, so they are part of a chain only where it begins with them.
void put_in_front(standing before, request& out) {
    messages all = std::move(before.instructions);
    if (!all.empty() && all.front().content.empty()) {
        all.clear();
    }
    if (!before.prompt.empty()) {
        all.push_back({"system", {raw_block("prompt", std::move(before.prompt))}});
    }
    if (!out.previous_response_id.empty() || !out.conversation.empty()) {
        out.instructions = std::move(all);
        return;
    }
    out.leading = all.size();
    std::move(out.messages.begin(), out.messages.end(), std::back_inserter(all));
    out.messages = std::move(all);
}

void read_request(json_object root, const item_source& items, request& out) {
    session_ids session;
    standing before;
    bool has_input = false;
    for (auto [key, value] : members_of(root)) {
        if (key == "model") {
            read_text(value, out.model);
        } else if (key == "input") {
            has_input = !is_null(value);
            out.messages = read_items(value, items, "user");
        } else if (key == "instructions") {
            before.instructions = read_items(value, items, "system");
        } else if (key == "prompt" && is_object(value)) {
            before.prompt = openai::pruned_json(value);
        } else if (key == "stream") {
            out.streamed = read_flag(value);
        } else if (key == "generate") {
            out.only_prepares = !read_flag(value, true);
        } else if (key == "background") {
            out.in_background = read_flag(value);
        } else if (key == "previous_response_id") {
            read_text(value, out.previous_response_id);
        } else if (key == "conversation") {
            read_conversation(value, out.conversation);
        } else {
            read_session_member(key, value, session);
        }
    }
    out.session = std::move(session).best();
    const bool goes_on = !out.previous_response_id.empty() || !out.conversation.empty();
    if (!has_input && !goes_on && before.prompt.empty()) {
        throw simdjson::simdjson_error(simdjson::NO_SUCH_FIELD);
    }
    put_in_front(std::move(before), out);
}

bool is_question(std::string_view role) noexcept {
    return role == "user" || role == "developer" || role == "system";
}

// Makes one message of all that an answer put out, whoever ran the tools.
void read_output(json_value from, choice& made, std::vector<std::string>& ids) {
    made.message.content.clear();
    ids.clear();
    for (auto element : from.get_array()) {
        item read = read_item(element.get_object(), {});
        if (is_question(read.role)) {  // what a compaction keeps of its request
            continue;
        }
        append_blocks(made.message.content, std::move(read.content));
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
    for (auto [key, value] : members_of(root)) {
        if (key == "id") {
            read_name(value, out.id);
        } else if (key == "model") {
            read_name(value, out.model);
        } else if (key == "status") {
            read_name(value, status);
        } else if (key == "incomplete_details") {
            reason.clear();
            read_text_member(value, "reason", reason);
        } else if (key == "error") {
            failed = !is_null(value);
        } else if (key == "background") {
            out.in_background = read_flag(value);
        } else if (key == "usage") {
            openai::read_responses_usage(value, out.used);
        } else if (key == "output" && is_array(value)) {
            has_output = true;
            read_output(value, only, out.item_ids);
        }
    }
    const bool has_reason = status == "incomplete" && !reason.empty() && reason != "null";
    const bool goes_on = status == "queued" || status == "in_progress";
    // A stream that broke off before anything was said: an answer that ended so tells what it took.
    const bool broke_off =
        status == "incomplete" && !has_reason && only.message.content.empty() && out.used == merkle::usage{};
    if ((goes_on && (out.in_background || only.message.content.empty())) || broke_off) {
        out.pending = !out.id.empty();
        return map_error::empty;
    }
    if (only.message.content.empty()) {
        out.ending = has_reason ? reason : status;
        return failed || status == "failed"    ? map_error::provider_error
               : has_output || !status.empty() ? map_error::empty
                                               : map_error::wrong_shape;
    }
    only.message.role = "assistant";
    mark_blank_text(only.message);
    only.stop_reason = has_reason ? std::move(reason) : std::move(status);
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

bool matches(std::string_view path) noexcept {
    return path.ends_with("/responses") || path.ends_with("/responses/compact");
}

map_error map_request(std::string_view body, const item_source& items, request& out) {
    return map_json(body, [&](json_object root) {
        read_request(root, items, out);
        return map_error::none;
    });
}

map_error map_answer(std::string_view body, answer& out) {
    return map_json(body, [&out](json_object root) { return read_answer(root, out); });
}

bool joins(std::string_view before, std::string_view after) {
    return side_of_element(before) != side::client && side_of_element(after) != side::client;
}

std::size_t expected_choices(std::string_view) {
    return 1;
}

}  // namespace tapes::llm::openai_responses
