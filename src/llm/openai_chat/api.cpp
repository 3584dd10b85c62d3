#include "openai_chat/api.hpp"

#include "content_blocks.hpp"
#include "json.hpp"
#include "openai_chat/said.hpp"
#include "openai_usage.hpp"
#include "said_json.hpp"
#include "session_ids.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/dropped.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace tapes::llm::openai_chat {
namespace {

using merkle::block;

// A message in the making: what was said in the order in which it is kept, whatever the order of the keys.
struct draft {
    std::string role;
    std::string name;
    std::string tool_call_id;
    reasoning thoughts;
    std::vector<block> content;
    std::vector<block> refusals;
    std::vector<block> audio;
    std::vector<block> calls;
    std::vector<block> annotations;
    std::vector<block> images;
    std::map<std::string, block> others;  ///< by their keys
};

// Thinking as a part of the content at Databricks.
void read_summary(json_object part, reasoning& out) {
    for (auto member : part) {
        json_field field = field_of(member);
        if (key_of(field) == "summary") {
            out.read_part(field.value());
        }
    }
}

void read_part(json_value from, draft& out) {
    std::string text;
    if (read_text(from, text)) {
        add_text(out.content, std::move(text));
        return;
    }
    if (!is_object(from)) {
        out.content.push_back(raw_block({}, read_raw(from)));
        return;
    }
    std::string type;
    std::string refusal;
    std::string url;
    bool has_text = false;
    bool has_refusal = false;
    bool has_thoughts = false;
    bool has_summary = false;
    json_object part = from.get_object();
    for (auto member : part) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "type") {
            read_text(field.value(), type);
        } else if (key == "text") {
            has_text = read_text(field.value(), text);
        } else if (key == "refusal") {
            has_refusal = read_text(field.value(), refusal);
        } else if (key == "image_url") {
            url = read_url(field.value());
        } else if (key == "thinking") {
            has_thoughts = true;
            out.thoughts.read_part(field.value());
        }
        has_summary = has_summary || key == "summary";
    }
    if ((type == "text" || type.empty()) && has_text) {
        add_text(out.content, std::move(text));
    } else if (type == "refusal" && has_refusal) {
        add_refusal(out.refusals, std::move(refusal));
    } else if (type == "thinking" && has_thoughts) {
        return;
    } else if (type == "reasoning" && has_summary) {
        (void)part.reset().value();
        read_summary(part, out.thoughts);
    } else if (type == "image_url" && !url.empty()) {
        block& image = out.content.emplace_back();
        image.type = "image";
        image.image_url = std::move(url);
    } else {
        (void)part.reset().value();
        out.content.push_back(raw_block(
            std::move(type), said_json(part, {"cache_control", "copilot_cache_control", "detail"})));
    }
}

void read_content(json_value from, draft& out) {
    std::string text;
    if (is_null(from)) {
        return;
    }
    if (read_text(from, text)) {
        add_text(out.content, std::move(text));
    } else if (is_array(from)) {
        for (auto part : from.get_array()) {
            read_part(part.value(), out);
        }
    } else {
        out.content.push_back(raw_block({}, read_raw(from)));
    }
}

// A tool's result is one block; text parts of its content are one text.
void make_tool_result(draft& from) {
    block result;
    result.type = "tool_result";
    result.tool_result_id = std::move(from.tool_call_id);
    if (from.role == "function") {
        result.tool_name = std::exchange(from.name, {});
    }
    std::vector<block> others;
    for (block& part : from.content) {
        if (part.type == "text" && part.raw.empty()) {
            result.tool_output += part.text;
        } else {
            others.push_back(std::move(part));
        }
    }
    from.content.clear();
    from.content.push_back(std::move(result));
    std::move(others.begin(), others.end(), std::back_inserter(from.content));
}

// A model that names itself does so in each answer (MiniMax), and clients drop that or bring it back.
void add_own_name(std::vector<block>& to, std::string name) {
    if (!name.empty() && !to.empty()) {
        block& own = to.emplace_back();
        own.type = "name";
        own.name = std::move(name);
        own.dropped_by_clients = merkle::is_dropped_type(own.type);
    }
}

merkle::message finish(draft from, bool by_model) {
    if (from.role == "tool" || from.role == "function") {
        make_tool_result(from);
    }
    merkle::message made{std::move(from.role), std::move(from.thoughts).blocks()};
    const auto first = static_cast<std::ptrdiff_t>(made.content.size());
    for (std::vector<block>* const part :
         {&from.content, &from.refusals, &from.audio, &from.calls, &from.annotations, &from.images}) {
        std::move(part->begin(), part->end(), std::back_inserter(made.content));
    }
    for (auto& [key, other] : from.others) {
        made.content.push_back(std::move(other));
    }
    if (by_model) {
        add_own_name(made.content, std::move(from.name));
    } else if (made.content.begin() + first != made.content.end()) {
        made.content[static_cast<std::size_t>(first)].name = std::move(from.name);
    }
    return made;
}

/// Of an answer, a member that is not known may be something that was said; of a request, it is the client's
/// own.
enum class whose : std::uint8_t { request, answer };

void read_other(std::string_view key, json_field& field, draft& out) {
    // What servers and SDKs tell about a message.
    static constexpr std::string_view about[]{"id",     "object",   "type",
                                              "status", "metadata", "provider_metadata",
                                              "parsed", "padding",  "provider_specific_fields",
                                              "channel"};
    if (std::ranges::find(about, key) != std::end(about)) {
        return;
    }
    std::string json;
    if (is_object(field.value())) {
        json = said_json(field.value().get_object());
    } else if (is_array(field.value())) {
        json = said_json(field.value());
    } else {
        std::string text;
        if (!read_text(field.value(), text) || text.empty()) {
            return;
        }
        merkle::append_json_string(json, text);
    }
    if (json != "{}" && json != "[]") {
        block& other = out.others[std::string{key}];
        other = raw_block(std::string{key}, std::move(json));
        other.dropped_by_clients = true;
    }
}

merkle::message read_message(json_object from, whose from_whom) {
    draft said;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "role") {
            read_text(field.value(), said.role);
        } else if (key == "content") {
            said.content.clear();
            read_content(field.value(), said);
        } else if (key == "refusal") {
            std::string refusal;
            read_text(field.value(), refusal);
            add_refusal(said.refusals, std::move(refusal));
        } else if (key == "name") {
            read_text(field.value(), said.name);
        } else if (key == "tool_call_id") {
            read_text(field.value(), said.tool_call_id);
        } else if (key == "tool_calls") {
            read_calls(field.value(), said.calls);
        } else if (key == "function_call") {
            read_function_call(field.value(), said.calls);
        } else if (key == "audio") {
            read_audio(field.value(), said.audio);
        } else if (key == "annotations") {
            read_annotations(field.value(), said.annotations);
        } else if (key == "images") {
            said.images.clear();
            read_images(field.value(), said.images);
        } else if (!said.thoughts.read(key, field) && from_whom == whose::answer) {
            read_other(key, field, said);
        }
    }
    const bool by_model = from_whom == whose::answer || said.role == "assistant";
    return finish(std::move(said), by_model);
}

std::size_t to_choices(std::optional<std::int64_t> n) {
    constexpr std::int64_t most = 1024;
    return static_cast<std::size_t>(std::clamp<std::int64_t>(n.value_or(1), 1, most));
}

struct indexed_choice {
    std::int64_t index = 0;
    choice said;
};

indexed_choice read_choice(json_object from, std::int64_t position) {
    indexed_choice read;
    read.index = position;
    read.said.has_index = false;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "index") {
            const auto index = read_integer(field.value());
            read.index = index.value_or(position);
            read.said.has_index = index.has_value();
        } else if (key == "finish_reason") {
            read_text(field.value(), read.said.stop_reason);
        } else if (key == "message" && is_object(field.value())) {
            read.said.said = read_message(field.value().get_object(), whose::answer);
        }
    }
    if (read.said.said.role.empty()) {
        read.said.said.role = "assistant";
    }
    return read;
}

void read_request(json_object root, request& out) {
    session_ids session;
    bool has_messages = false;
    for (auto member : root) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "model") {
            read_text(field.value(), out.model);
        } else if (key == "messages") {
            has_messages = true;
            out.messages.clear();
            for (auto message : field.value().get_array()) {
                out.messages.push_back(read_message(message.get_object(), whose::request));
            }
        } else if (key == "stream") {
            bool streamed = false;
            out.streamed = field.value().get_bool().get(streamed) == simdjson::SUCCESS && streamed;
        } else if (key == "n") {
            out.choices = to_choices(read_integer(field.value()));
        } else if (key == "prompt_cache_key") {
            read_text(field.value(), session.prompt_cache_key);
        } else if (key == "session_id") {
            read_text(field.value(), session.session_id);
        } else if (key == "metadata") {
            read_metadata(field.value(), session);
        }
    }
    out.session = std::move(session).best();
    if (!has_messages) {
        throw simdjson::simdjson_error(simdjson::NO_SUCH_FIELD);
    }
}

map_error read_answer(json_object root, answer& out) {
    std::vector<indexed_choice> choices;
    std::vector<block> sources;
    bool has_choices = false;
    bool failed = false;
    for (auto member : root) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "id") {
            read_text(field.value(), out.id);
        } else if (key == "model") {
            read_text(field.value(), out.model);
        } else if (key == "usage") {
            read_chat_usage(field.value(), out.used);
        } else if (key == "error") {
            failed = !is_null(field.value());
        } else if (key == "choices" && is_array(field.value())) {
            has_choices = true;
            choices.clear();
            for (auto from : field.value().get_array()) {
                choices.push_back(read_choice(from.get_object(), static_cast<std::int64_t>(choices.size())));
            }
        } else if (is_source(key)) {
            read_source(key, field.value(), sources);
        }
    }
    std::stable_sort(choices.begin(), choices.end(),
                     [](const indexed_choice& a, const indexed_choice& b) { return a.index < b.index; });
    for (indexed_choice& from : choices) {
        if (!from.said.said.content.empty()) {
            out.choices.push_back(std::move(from.said));
        }
    }
    if (!out.choices.empty()) {
        std::move(sources.begin(), sources.end(), std::back_inserter(out.choices.front().said.content));
        return map_error::none;
    }
    return failed ? map_error::provider_error : has_choices ? map_error::empty : map_error::wrong_shape;
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

std::size_t expected_choices(std::string_view body) {
    if (body.find("\"n\"") == std::string_view::npos) {
        return 1;
    }
    try {
        json_reader json(body);
        std::size_t choices = 1;
        for (auto member : json.root()) {
            json_field field = field_of(member);
            if (key_of(field) == "n") {
                choices = to_choices(read_integer(field.value()));
            }
        }
        return choices;
    } catch (const simdjson::simdjson_error&) {
        return 1;
    }
}

}  // namespace tapes::llm::openai_chat
