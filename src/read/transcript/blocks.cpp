#include "transcript/blocks.hpp"

#include "transcript/call_summary.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tapes::read {

namespace {

constexpr std::array<std::pair<block_kind, std::string_view>, 9> block_kind_names{
    {{block_kind::text, "text"},
     {block_kind::injected, "injected"},
     {block_kind::thinking, "thinking"},
     {block_kind::refusal, "refusal"},
     {block_kind::call, "tool_call"},
     {block_kind::result, "tool_result"},
     {block_kind::image, "image"},
     {block_kind::compaction, "compaction"},
     {block_kind::other, "other"}}};

// The types are those of docs/mapping.md.
block_kind kind_of(const scanned_block& from) {
    const std::string_view type = from.type.text;
    const auto is_one = [type](std::initializer_list<std::string_view> names) {
        return std::ranges::find(names, type) != names.end();
    };
    if (type == "text") {
        return block_kind::text;
    }
    if (is_one({"thinking", "redacted_thinking", "reasoning"})) {
        return block_kind::thinking;
    }
    if (type == "refusal") {
        return block_kind::refusal;
    }
    if (is_one({"compaction", "compaction_summary"})) {
        return block_kind::compaction;
    }
    if (type == "image" || from.image_base64.bytes != 0 || from.image_url.bytes != 0) {
        return block_kind::image;
    }
    if (is_one({"tool_use", "server_tool_use", "mcp_tool_use"}) || type.ends_with("_call")) {
        return block_kind::call;
    }
    if (type.ends_with("tool_result") || type.ends_with("_output") || from.tool_result_id.bytes != 0) {
        return block_kind::result;
    }
    return block_kind::other;
}

/// Base64 as RFC 4648 §4 pads it: four characters for three bytes, at most two too many.
std::uint64_t decoded_bytes(std::uint64_t base64) {
    return base64 / 4 * 3;
}

void take_image(scanned_block& from, block& made) {
    made.media_type = std::move(from.media_type.text);
    made.image_bytes = decoded_bytes(from.image_base64.bytes);
    made.image = std::move(from.image_base64);
    const std::string_view url = from.image_url.text;
    const auto comma = url.find(',');
    if (!url.starts_with("data:") || comma == std::string_view::npos) {
        made.text = std::move(from.image_url);
        return;
    }
    // RFC 2397.
    const auto head = url.substr(5, comma - 5);
    made.media_type = head.substr(0, head.find(';'));
    const auto data = from.image_url.bytes - comma - 1;
    made.image_bytes = head.ends_with(";base64") ? decoded_bytes(data) : data;
    if (head.ends_with(";base64")) {
        made.image = {from.image_url.cut() ? std::string{} : std::string{url.substr(comma + 1)}, data};
    }
}

excerpt first_said(std::initializer_list<excerpt*> fields) {
    const auto found = std::ranges::find_if(fields, [](const excerpt* one) { return one->bytes != 0; });
    return found == fields.end() ? excerpt{} : std::move(**found);
}

std::string_view without_ending(std::string_view type, std::string_view ending) {
    return type.ends_with(ending) ? type.substr(0, type.size() - ending.size()) : type;
}

void take_call(scanned_block& from, block& made) {
    const auto& raw = from.raw.text;
    made.summary = call_summary(from.tool_input.bytes != 0 ? from.tool_input.text : raw);
    made.tool = std::move(from.tool_name.text);
    if (made.tool.empty()) {
        made.tool = json_member(raw, "name");
    }
    if (made.tool.empty()) {
        made.tool = without_ending(made.type, "_call");
    }
    made.call_id = std::move(from.tool_use_id.text);
    made.text = first_said({&from.tool_input, &from.raw, &from.text});
}

}  // namespace

std::string_view to_string(block_kind value) noexcept {
    const auto* const found =
        std::ranges::find(block_kind_names, value, &std::pair<block_kind, std::string_view>::first);
    return found == block_kind_names.end() ? std::string_view{} : found->second;
}

block make_block(scanned_block&& from, std::int64_t node, std::size_t place) {
    block made;
    made.kind = kind_of(from);
    made.node = node;
    made.place = place;
    made.error = from.is_error;
    made.type = std::move(from.type.text);
    switch (made.kind) {
        case block_kind::call:
            take_call(from, made);
            return made;
        case block_kind::image:
            take_image(from, made);
            break;
        case block_kind::thinking:
            made.text = first_said({&from.thinking, &from.text, &from.raw});
            break;
        case block_kind::refusal:
            made.text = first_said({&from.refusal, &from.text, &from.raw});
            break;
        case block_kind::result:
            made.tool = std::move(from.tool_name.text);
            made.text = first_said({&from.tool_output, &from.text, &from.raw});
            break;
        default:
            made.text = first_said({&from.text, &from.raw, &from.tool_output, &from.refusal, &from.thinking});
            break;
    }
    made.call_id = std::move(from.tool_result_id.text);
    return made;
}

}  // namespace tapes::read
