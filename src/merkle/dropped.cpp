#include "lasting_text.hpp"
#include "tree.hpp"

#include <tapes/merkle/block_fields.hpp>
#include <tapes/merkle/dropped.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace tapes::merkle {
namespace {

constexpr std::string_view dropped_types[]{
    "thinking",   "redacted_thinking", "reasoning", "refusal",        "citations",
    "annotation", "annotations",       "images",    "search_results", "related_questions",
    "audio_data", "encrypted_content", "name"};

constexpr std::string_view provider_calls[]{
    "web_search_call",       "file_search_call", "code_interpreter_call",
    "image_generation_call", "mcp_call",         "mcp_list_tools"};

// Items of OpenAI's that hold little but a text which differs between the events of one stream, so that
// either may come back: `encrypted_content`, `fingerprint`.
constexpr std::string_view sealed_items[]{"compaction", "compaction_summary", "program"};

// Types whose raw JSON is a part of what was said, though it does not name the type.
constexpr std::string_view partly_raw_types[]{
    "text",         "image",       "audio",           "document",      "tool_use",   "server_tool_use",
    "mcp_tool_use", "tool_result", "mcp_tool_result", "function_call", "compaction", "item_reference",
    "unknown"};

template <std::size_t Count>
bool contains(const std::string_view (&types)[Count], std::string_view type) noexcept {
    return std::ranges::find(types, type) != std::end(types);
}

// Whether the JSON is an object whose member `type` is this type.
bool names_type(std::string_view json, std::string_view type) {
    tree parsed;
    const auto failed = parsed.parse(json);
    const bool is_json = failed == canonical_error::none || failed == canonical_error::number_out_of_range;
    if (!is_json || parsed.values().empty() || parsed.values()[0].type != tree::kind::object) {
        return false;
    }
    for (const std::size_t member : parsed.members(0)) {
        const auto& value = parsed.values()[member];
        if (value.key == "type" && value.type == tree::kind::string) {
            std::string name;
            return decode_json_string(value.text, name) != 0 && name == type;
        }
    }
    return false;
}

// Whether the block is a part of a message that came as it is, with its type, for nobody knows such a part.
bool is_whole_part(const block& from) {
    if (from.raw.empty()) {
        return false;
    }
    // JSON with numbers that a double cannot carry is stored as text.
    std::string text;
    const bool is_text = decode_json_string(from.raw, text) == from.raw.size();
    return names_type(is_text ? text : from.raw, from.type);
}

// The canonical form of JSON that is kept as text, because a double cannot carry a number of it.
std::optional<std::string> rounded(const block& from) {
    if (from.raw.empty()) {
        return std::nullopt;
    }
    std::string text;
    const bool is_text = decode_json_string(from.raw, text) == from.raw.size();
    std::string canonical;
    bool exact = true;
    const auto failed = canonicalize(is_text ? text : from.raw, canonical, &exact);
    return failed == canonical_error::none && !exact ? std::optional{std::move(canonical)} : std::nullopt;
}

// What stays of a block whose JSON a client has parsed into doubles and written anew.
void round_numbers(block& from) {
    if (auto canonical = rounded(from)) {
        const bool is_input = !from.tool_name.empty() && from.tool_input.empty() && canonical->front() == '{';
        from.raw = is_input ? std::string{} : *canonical;
        from.tool_input = is_input ? *std::move(canonical) : std::move(from.tool_input);
    }
}

// Text, and nothing else that is in the match.
bool is_plain_text(const block& from) noexcept {
    return from.type == "text" && !from.is_error &&
           std::ranges::none_of(block_fields, [&from](const block_field& field) {
               return field.in_match && field.member != &block::type && field.member != &block::text &&
                      !(from.*field.member).empty();
           });
}

// Whether texts stand side by side, once what clients drop is left out.
bool has_divided_text(const message& from) noexcept {
    bool behind_text = false;
    for (const auto& one : from.content) {
        if (one.dropped_by_clients) {
            continue;
        }
        const bool text = is_plain_text(one);
        if (behind_text && text) {
            return true;
        }
        behind_text = text;
    }
    return false;
}

void join_texts(std::vector<block>& content) {
    std::size_t kept = 0;
    for (auto& one : content) {
        if (kept > 0 && is_plain_text(content[kept - 1]) && is_plain_text(one)) {
            content[kept - 1].text += one.text;
        } else if (&content[kept++] != &one) {
            content[kept - 1] = std::move(one);
        }
    }
    content.resize(kept);
}

// Calls of the provider's own tools (Anthropic), whose input some clients bring back with more in it:
// vercel/ai issue 18193.
bool is_provider_use(std::string_view type) noexcept {
    return type == "server_tool_use" || type == "mcp_tool_use";
}

// An image that an answer brought beside its text; one with data came within the text.
bool is_made_image(const block& from) {
    return from.type == "image" && from.image_base64.empty() && from.media_type.empty() &&
           from.tool_result_id.empty() && !is_whole_part(from);
}

// A member of an answer's message of which no API knows: its name and its JSON, and nothing else.
bool is_unknown_member(const block& from) {
    if (from.raw.empty() || contains(partly_raw_types, from.type) || from.type.ends_with("_tool_result")) {
        return false;
    }
    const bool more = from.is_error || std::ranges::any_of(block_fields, [&from](const block_field& field) {
                          return field.name != "type" && field.name != "raw" && !(from.*field.member).empty();
                      });
    return !more && !is_whole_part(from);
}

}  // namespace

bool is_dropped_type(std::string_view type) noexcept {
    return contains(dropped_types, type);
}

bool is_provider_call(std::string_view type) noexcept {
    return contains(provider_calls, type);
}

bool is_sealed_item(std::string_view type) noexcept {
    return contains(sealed_items, type);
}

bool is_blank_text(const block& from) noexcept {
    return from.type == "text" && from.raw.empty() &&
           from.text.find_first_not_of(" \t\r\n") == std::string::npos;
}

bool is_system_role(std::string_view role) noexcept {
    return role == "system" || role == "developer";
}

bool is_answer_role(std::string_view role) noexcept {
    return role == "assistant" || role == "model";
}

bool always_dropped(const block& stored) {
    // A server may name a detail of its thinking "thinking".
    return is_provider_call(stored.type) || stored.type == "thinking" ||
           (is_sealed_item(stored.type) && is_whole_part(stored)) ||
           (is_dropped_type(stored.type) && !is_whole_part(stored));
}

bool is_dropped(const block& stored, const block_origin& origin) {
    if (always_dropped(stored)) {
        return true;
    }
    return is_answer_role(origin.role) &&
           (is_made_image(stored) || is_unknown_member(stored) || is_blank_text(stored));
}

void mark_dropped(std::vector<block>& content, const block_origin& origin) {
    for (auto& block : content) {
        block.dropped_by_clients = is_dropped(block, origin);
    }
}

bool carries_dropped(const block& from) noexcept {
    return from.dropped_by_clients || std::ranges::any_of(block_fields, [&from](const block_field& field) {
               return !field.in_match && !(from.*field.member).empty();
           });
}

bool is_loose(const block& from) noexcept {
    const bool named = !from.tool_use_id.empty() || !from.tool_result_id.empty();
    return named && !from.dropped_by_clients &&
           (!from.raw.empty() || (is_provider_use(from.type) && !from.tool_input.empty()));
}

bool is_reshaped(const message& from) {
    if (is_system_role(from.role)) {
        return std::ranges::any_of(from.content, [](const block& one) {
            return one.type == "text" && lasting_text(one.text).has_value();
        });
    }
    return is_answer_role(from.role) &&
           (has_divided_text(from) || std::ranges::any_of(from.content, [](const block& one) {
                return is_loose(one) || (!one.dropped_by_clients && rounded(one));
            }));
}

std::vector<block> match_form(message from) {
    auto content = std::move(from.content);
    const bool answer = is_answer_role(from.role);
    if (is_system_role(from.role)) {
        for (auto& one : content) {
            if (auto lasting = one.type == "text" ? lasting_text(one.text) : std::nullopt) {
                one.text = *std::move(lasting);
                one.dropped_by_clients = one.dropped_by_clients || one.text.empty();
            }
        }
    }
    std::erase_if(content, [](const block& one) { return one.dropped_by_clients; });
    for (auto& one : content) {
        if (answer) {
            round_numbers(one);
        }
        if (answer && is_loose(one)) {
            one.raw.clear();
            one.tool_input = is_provider_use(one.type) ? std::string{} : std::move(one.tool_input);
        }
        for (const auto& field : block_fields) {
            if (!field.in_match) {
                (one.*field.member).clear();
            }
        }
    }
    if (answer) {
        join_texts(content);
    }
    return content;
}

}  // namespace tapes::merkle
