#include "otlp/message_parts.hpp"

#include "request/message_forms.hpp"

#include <tapes/merkle/dropped.hpp>

#include <algorithm>
#include <utility>

namespace tapes::exports {

namespace {

using merkle::block;
using nlohmann::ordered_json;

ordered_json server_call(const block& from) {
    ordered_json call{{"type", from.type}};
    if (!from.raw.empty()) {
        call["content"] = raw_json(from);
    } else {
        call["arguments"] = arguments_object(from);
    }
    ordered_json made{{"type", "server_tool_call"},
                      {"name", from.tool_name.empty() ? from.type : from.tool_name},
                      {"server_tool_call", std::move(call)}};
    if (!from.tool_use_id.empty()) {
        made["id"] = from.tool_use_id;
    }
    return made;
}

ordered_json part_of_block(const node_message& from, std::size_t at) {
    const auto& one = from.blocks[at];
    if (one.type == "text") {
        return {{"type", "text"}, {"content", one.text}};
    }
    if (one.type == "thinking") {
        return {{"type", "reasoning"}, {"content", one.thinking}};
    }
    if (one.type == "tool_use" || one.type == "function_call") {
        return {{"type", "tool_call"},
                {"id", call_id_of(from, at)},
                {"name", one.tool_name},
                {"arguments", arguments_object(one)}};
    }
    if (one.type == "tool_result" || one.type == "custom_tool_call_output") {
        ordered_json made{
            {"type", "tool_call_response"}, {"id", one.tool_result_id}, {"response", one.tool_output}};
        if (one.is_error) {
            made["is_error"] = true;
        }
        return made;
    }
    if (const auto image = one.type == "image" ? image_of(one) : std::nullopt) {
        if (image->base64.empty()) {
            return {{"type", "uri"}, {"modality", "image"}, {"uri", image->url}};
        }
        return {{"type", "blob"},
                {"modality", "image"},
                {"mime_type", image->media_type},
                {"content", image->base64}};
    }
    if (one.type == "compaction" || one.type == "compaction_summary") {
        return {{"type", "compaction"}, {"content", one.text}};
    }
    if (one.type == "server_tool_use" || one.type == "mcp_tool_use" || merkle::is_provider_call(one.type)) {
        return server_call(one);
    }
    ordered_json made{{"type", one.type.empty() ? "unknown" : one.type}};
    const auto& text = !one.refusal.empty() ? one.refusal : !one.text.empty() ? one.text : one.tool_output;
    made["content"] = one.raw.empty() ? ordered_json(text) : raw_json(one);
    return made;
}

}  // namespace

ordered_json parts_of_message(const node_message& from) {
    auto made = ordered_json::array();
    for (std::size_t i = 0; i < from.blocks.size(); ++i) {
        made.push_back(part_of_block(from, i));
    }
    return made;
}

const char* role_of_message(const node_message& from) {
    if (merkle::is_answer_role(from.role)) {
        return "assistant";
    }
    if (merkle::is_system_role(from.role)) {
        return "system";
    }
    const auto is_result = [](const block& one) {
        return one.type.ends_with("_result") || one.type.ends_with("_output");
    };
    return from.role == "tool" || std::ranges::any_of(from.blocks, is_result) ? "tool" : "user";
}

}  // namespace tapes::exports
