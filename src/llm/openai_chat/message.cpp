#include "openai_chat/message.hpp"

#include "content_blocks.hpp"
#include "openai/content_part.hpp"
#include "openai/pruned_json.hpp"
#include "openai_chat/message_parts.hpp"
#include "openai_chat/reasoning.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tapes::llm::openai_chat {
namespace {

using merkle::block;

// A message in the making: its blocks by the kinds in whose order they are kept, whatever the order of the
// keys.
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
    std::map<std::string, std::string> others;  ///< by their keys, as JSON
};

// Reads thinking as Databricks puts it into the content.
void read_summary(json_object part, reasoning& out) {
    for (auto [key, value] : members_of(part)) {
        if (key == "summary") {
            out.read_part(value);
        }
    }
}

// Reads a part that has no field of its own.
block read_other_part(json_object part, std::string type) {
    rewind(part);
    return raw_block(std::move(type),
                     openai::pruned_json(part, {"cache_control", "copilot_cache_control", "detail"}));
}

void read_object_part(json_object part, draft& out) {
    openai::content_part known;
    bool has_thoughts = false;
    bool has_summary = false;
    for (auto [key, value] : members_of(part)) {
        if (key == "thinking") {
            has_thoughts = true;
            out.thoughts.read_part(value);
        } else if (key == "summary") {
            has_summary = true;
        } else {
            known.read(key, value);
        }
    }
    if ((known.type == "text" || known.type.empty()) && known.has_text) {
        add_text(out.content, std::move(known.text));
    } else if (known.type == "refusal" && known.has_refusal) {
        add_refusal(out.refusals, std::move(known.refusal));
    } else if (known.type == "thinking" && has_thoughts) {
        return;
    } else if (known.type == "reasoning" && has_summary) {
        rewind(part);
        read_summary(part, out.thoughts);
    } else if (known.type == "image_url" && !known.url.empty()) {
        add_image(out.content, std::move(known.url));
    } else {
        out.content.push_back(read_other_part(part, std::move(known.type)));
    }
}

void read_part(json_value from, draft& out) {
    std::string text;
    if (read_text(from, text)) {
        add_text(out.content, std::move(text));
    } else if (is_object(from)) {
        read_object_part(from.get_object(), out);
    } else {
        out.content.push_back(raw_block({}, read_raw(from)));
    }
}

// Makes one block of a tool's result, with one text of the text parts of its content.
void make_tool_result(draft& from) {
    block result;
    result.type = "tool_result";
    result.tool_result_id = std::move(from.tool_call_id);
    if (from.role == "function") {
        result.tool_name = std::exchange(from.name, {});
    }
    result.tool_output = take_text(from.content);
    from.content.insert(from.content.begin(), std::move(result));
}

// A model that names itself does so in each answer (MiniMax), and clients drop that or bring it back.
void add_own_name(std::vector<block>& to, std::string name) {
    if (!name.empty() && !to.empty()) {
        block own;
        own.type = "name";
        own.name = std::move(name);
        to.push_back(mark_if_dropped(std::move(own)));
    }
}

void append_others(const std::map<std::string, std::string>& from, std::vector<block>& to) {
    constexpr std::size_t most = 16;
    member_blocks made{most};
    const auto first = static_cast<std::ptrdiff_t>(to.size());
    for (const auto& [key, json] : from) {
        if (made.has_room()) {
            made.made();
            to.push_back(raw_block(key, json));
        } else {
            made.gather(key, json);
        }
    }
    made.finish(to);
    std::for_each(to.begin() + first, to.end(), [](block& one) { one.dropped_by_clients = true; });
}

merkle::message finish(draft from, bool by_model) {
    if (from.role == "tool" || from.role == "function") {
        make_tool_result(from);
    }
    merkle::message made{std::move(from.role), std::move(from.thoughts).blocks()};
    const auto first = static_cast<std::ptrdiff_t>(made.content.size());
    for (std::vector<block>* const part :
         {&from.content, &from.refusals, &from.audio, &from.calls, &from.annotations, &from.images}) {
        append_blocks(made.content, std::move(*part));
    }
    append_others(from.others, made.content);
    if (by_model) {
        add_own_name(made.content, std::move(from.name));
    } else if (made.content.begin() + first != made.content.end()) {
        made.content[static_cast<std::size_t>(first)].name = std::move(from.name);
    }
    mark_blank_text(made);
    return made;
}

void read_other(std::string_view key, json_value value, draft& out) {
    // What servers and SDKs tell about a message is no part of it.
    static constexpr std::string_view metadata[]{"id",     "object",   "type",
                                                 "status", "metadata", "provider_metadata",
                                                 "parsed", "padding",  "provider_specific_fields",
                                                 "channel"};
    if (std::ranges::find(metadata, key) != std::end(metadata)) {
        return;
    }
    std::string json;
    if (is_object(value)) {
        json = openai::pruned_json(value.get_object());
    } else if (is_array(value)) {
        json = openai::pruned_json(value);
    } else {
        std::string text;
        if (!read_text(value, text) || text.empty()) {
            return;
        }
        merkle::append_json_string(json, text);
    }
    if (json != "{}" && json != "[]") {
        out.others[std::string{key}] = std::move(json);
    }
}

}  // namespace

merkle::message read_message(json_object from, message_side side) {
    draft made;
    for (auto [key, value] : members_of(from)) {
        if (key == "role") {
            read_text(value, made.role);
        } else if (key == "content") {
            made.content.clear();
            read_parts(value, made.content, [&made](json_value part) { read_part(part, made); });
        } else if (key == "refusal") {
            std::string refusal;
            read_text(value, refusal);
            add_refusal(made.refusals, std::move(refusal));
        } else if (key == "name") {
            read_text(value, made.name);
        } else if (key == "tool_call_id") {
            read_text(value, made.tool_call_id);
        } else if (key == "tool_calls") {
            read_calls(value, made.calls);
        } else if (key == "function_call") {
            read_function_call(value, made.calls);
        } else if (key == "audio") {
            read_audio(value, made.audio);
        } else if (key == "annotations") {
            read_annotations(value, made.annotations);
        } else if (key == "images") {
            made.images.clear();
            read_images(value, made.images);
        } else if (!made.thoughts.read(key, value) && side == message_side::answer) {
            read_other(key, value, made);
        }
    }
    const bool by_model = side == message_side::answer || made.role == "assistant";
    return finish(std::move(made), by_model);
}

}  // namespace tapes::llm::openai_chat
