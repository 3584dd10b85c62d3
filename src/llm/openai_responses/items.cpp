#include "openai_responses/items.hpp"

#include "content_blocks.hpp"
#include "openai/content_part.hpp"
#include "openai/pruned_json.hpp"

#include <tapes/merkle/dropped.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

namespace tapes::llm::openai_responses {
namespace {

using merkle::block;

// The members that tell an item's kind, wherever they stand.
struct outline {
    std::string id;
    std::string type;
    std::string role;
    std::string call_id;
    std::string name;
    std::string execution;
    std::string environment;
    std::string approval_request_id;
    bool more = false;  ///< there is something besides `id` and `type`
};

std::string outline::*string_member(std::string_view key) noexcept {
    static constexpr std::array<std::pair<std::string_view, std::string outline::*>, 7> members{{
        {"id", &outline::id},
        {"type", &outline::type},
        {"role", &outline::role},
        {"call_id", &outline::call_id},
        {"name", &outline::name},
        {"execution", &outline::execution},
        {"approval_request_id", &outline::approval_request_id},
    }};
    const auto* const found =
        std::find_if(members.begin(), members.end(), [key](const auto& known) { return known.first == key; });
    return found == members.end() ? nullptr : found->second;
}

outline read_outline(json_object from) {
    outline read;
    bool has_content = false;
    for (auto [key, value] : members_of(from)) {
        has_content = has_content || key == "content";
        read.more = read.more || (key != "id" && key != "type" && !is_null(value));
        if (std::string outline::*const known = string_member(key); known != nullptr) {
            read_text(value, read.*known);
        } else if (key == "environment") {
            read.environment.clear();
            read_text_member(value, "type", read.environment);
        }
    }
    if (read.type.empty() && (has_content || !read.role.empty())) {
        read.type = "message";
    }
    // An item of which only the id is sent back is named, not said (image generation is documented so).
    const bool named = !read.id.empty() && !read.more && read.type != "message";
    if (named || read.type.empty()) {
        read.type = read.id.empty() ? "unknown" : "item_reference";
    }
    rewind(from);
    return read;
}

bool is_output(std::string_view type) noexcept {
    return type.ends_with("_output");
}

// Returns the role of an item that is a message of its own; "" for an item that an answer says.
std::string_view client_role(const outline& known) noexcept {
    if (known.type == "message") {
        return known.role == "assistant" ? std::string_view() : known.role;
    }
    if (known.type == "program_output" ||
        (known.type == "tool_search_output" && known.execution != "client")) {
        return {};
    }
    if (is_output(known.type)) {
        return "tool";
    }
    if (known.type == "mcp_approval_response" || known.type == "compaction_trigger") {
        return "user";
    }
    return known.type == "configuration_update" ? "developer" : "";
}

side side_of(const outline& known) noexcept {
    if (known.type == "additional_tools") {
        return side::nobody;
    }
    if (known.type == "compaction" || known.type == "compaction_summary") {
        return side::apart;
    }
    if (known.type == "item_reference" || known.type == "shell_call_output") {
        return side::either;
    }
    return client_role(known).empty() ? side::model : side::client;
}

void add_annotations(std::vector<block>& to, std::string annotations) {
    if (annotations.size() > 2) {  // "[]"
        to.push_back(mark_if_dropped(raw_block("annotations", std::move(annotations))));
    }
}

void read_object_part(json_object part, std::vector<block>& out) {
    openai::content_part known;
    std::string annotations;
    for (auto [key, value] : members_of(part)) {
        if (!known.read(key, value) && key == "annotations" && is_array(value)) {
            annotations = openai::pruned_json(value);
        }
    }
    const std::string_view type = known.type;
    if (known.has_text && (type == "input_text" || type == "output_text" || type == "text" || type.empty())) {
        add_text(out, std::move(known.text));
        add_annotations(out, std::move(annotations));
    } else if (known.has_refusal && type == "refusal") {
        add_refusal(out, std::move(known.refusal));
    } else if (type == "input_image" && !known.url.empty()) {
        add_image(out, std::move(known.url));
    } else {
        rewind(part);
        out.push_back(raw_block(std::move(known.type),
                                openai::pruned_json(part, {"detail", "prompt_cache_breakpoint"})));
    }
}

void read_part(json_value from, std::vector<block>& out) {
    std::string text;
    if (read_text(from, text)) {
        add_text(out, std::move(text));
    } else if (is_object(from)) {
        read_object_part(from.get_object(), out);
    } else {
        out.push_back(raw_block({}, read_raw(from)));
    }
}

void read_content(json_value from, std::vector<block>& out) {
    read_parts(from, out, [&out](json_value part) { read_part(part, out); });
}

void read_message(json_object from, std::vector<block>& out) {
    for (auto [key, value] : members_of(from)) {
        if (key == "content") {
            out.clear();
            read_content(value, out);
        }
    }
}

void read_function_call(json_object from, outline known, std::vector<block>& out) {
    block& call = out.emplace_back();
    call.type = "tool_use";
    call.tool_use_id = known.call_id.empty() ? std::move(known.id) : std::move(known.call_id);
    call.tool_name = std::move(known.name);
    std::string arguments;
    for (auto [key, value] : members_of(from)) {
        if (key == "arguments" && !is_null(value) && !read_text(value, arguments)) {
            arguments = read_raw(value);
        } else if (key == "namespace") {
            read_text(value, call.name);
        }
    }
    set_arguments(call, std::move(arguments));
}

// Makes one text of the text parts of an output, as the string that others send; the other parts follow.
void read_call_output(json_object from, outline known, std::vector<block>& out) {
    std::vector<block> parts;
    block result;
    for (auto [key, value] : members_of(from)) {
        if (key == "output") {
            parts.clear();
            read_content(value, parts);
        } else if (key == "namespace" && known.call_id.empty()) {
            read_text(value, result.name);
        }
    }
    result.type = known.type == "function_call_output" ? "tool_result" : std::move(known.type);
    if (known.call_id.empty()) {
        result.tool_name = std::move(known.name);
    }
    result.tool_result_id = std::move(known.call_id);
    result.tool_output = take_text(parts);
    out.push_back(std::move(result));
    append_blocks(out, std::move(parts));
}

std::string thought_of(json_value from) {
    std::string text;
    if (is_null(from) || read_text(from, text)) {
        return text;
    }
    if (!is_object(from)) {
        return read_raw(from);
    }
    bool has_text = false;
    json_object part = from.get_object();
    for (auto [key, value] : members_of(part)) {
        if (key == "text") {
            has_text = read_text(value, text);
        }
    }
    if (!has_text) {
        rewind(part);
        text = read_raw(part);
    }
    return text;
}

std::string read_thoughts(json_value from) {
    if (!is_array(from)) {
        return thought_of(from);
    }
    std::string thoughts;
    for (auto part : from.get_array()) {
        std::string thought = thought_of(part.value());
        if (!thought.empty()) {
            thoughts.append(thoughts.empty() ? "" : "\n\n").append(thought);
        }
    }
    return thoughts;
}

void read_reasoning(json_object from, std::vector<block>& out) {
    std::string summary;
    std::string content;
    std::string encrypted;
    for (auto [key, value] : members_of(from)) {
        if (key == "summary") {
            summary = read_thoughts(value);
        } else if (key == "content") {
            content = read_thoughts(value);
        } else if (key == "encrypted_content") {
            read_text(value, encrypted);
        }
    }
    // Two blocks, for some clients send back one of the two.
    if (summary.empty()) {
        summary.swap(content);
    }
    add_thinking(out, std::move(summary), std::move(encrypted));
    add_thinking(out, std::move(content));
}

// Returns what an item says, without what clients drop or add: ids, states (but the state of a patch is what
// its output says), and how it was made.
std::string content_of_other(json_object from, std::string_view type) {
    constexpr std::string_view added_by_codex = "internal_chat_message_metadata_passthrough";
    if (type == "apply_patch_call_output") {
        return openai::pruned_json(from, {"id", "caller", "created_by", added_by_codex});
    }
    if (type == "image_generation_call") {
        return openai::pruned_json(from, {"id", "status", "created_by", added_by_codex, "action",
                                          "background", "output_format", "quality", "size", "svg_usage"});
    }
    return openai::pruned_json(from, {"id", "status", "caller", "created_by", added_by_codex});
}

// Reads an item that has no fields of its own.
void read_other(json_object from, outline known, std::vector<block>& out) {
    block made = raw_block(known.type, content_of_other(from, known.type));
    made.dropped_by_clients = merkle::is_provider_call(known.type) || merkle::is_sealed_item(known.type);
    if (known.type == "mcp_approval_response") {
        made.tool_result_id = std::move(known.approval_request_id);
    } else if (known.type == "local_shell_call_output" && known.call_id.empty()) {
        made.tool_result_id = std::move(known.id);
    } else if (is_output(known.type)) {
        made.tool_result_id = std::move(known.call_id);
    } else {
        // The approval names its request by this id, so it counts as a call's does.
        made.tool_use_id =
            known.type == "mcp_approval_request" ? std::move(known.id) : std::move(known.call_id);
        made.tool_name = std::move(known.name);
    }
    out.push_back(std::move(made));
}

std::optional<item> resolve(const outline& known, const item_source& items) {
    const std::string found = items && !known.id.empty() ? items(known.id) : std::string();
    if (found.empty()) {
        return std::nullopt;
    }
    try {
        json_reader json(found);
        item read = read_item(json.root(), {});
        json.require_end();
        return read;
    } catch (const simdjson::simdjson_error&) {
        return std::nullopt;
    }
}

}  // namespace

item read_item(json_object from, const item_source& items) {
    outline known = read_outline(from);
    if (known.type == "item_reference") {
        if (auto found = resolve(known, items)) {
            return *std::move(found);
        }
    }
    item read;
    read.from = side_of(known);
    read.role = client_role(known);
    read.id = known.id;
    read.call_id = known.call_id;
    read.hosted = known.type == "shell_call" && !known.environment.empty() && known.environment != "local";
    if (read.from == side::nobody) {
        return read;
    }
    if (known.type == "message") {
        read_message(from, read.content);
    } else if (known.type == "function_call") {
        read_function_call(from, std::move(known), read.content);
    } else if (known.type == "function_call_output" || known.type == "custom_tool_call_output") {
        read_call_output(from, std::move(known), read.content);
    } else if (known.type == "reasoning") {
        read_reasoning(from, read.content);
    } else if (known.type == "item_reference") {
        read.content.push_back(raw_block("item_reference", openai::pruned_json(from)));
    } else {
        read_other(from, std::move(known), read.content);
    }
    return read;
}

side side_of(json_object from) {
    return side_of(read_outline(from));
}

}  // namespace tapes::llm::openai_responses
