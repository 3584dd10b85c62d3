#include "request/message_forms.hpp"

#include <tapes/merkle/dropped.hpp>

#include <utility>

namespace tapes::exports {

namespace {

using merkle::block;
using nlohmann::ordered_json;

ordered_json anthropic_image(const image_source& image) {
    if (image.base64.empty()) {
        return {{"type", "image"}, {"source", {{"type", "url"}, {"url", image.url}}}};
    }
    return {{"type", "image"},
            {"source", {{"type", "base64"}, {"media_type", image.media_type}, {"data", image.base64}}}};
}

/// A block of a kind that only this API has, as it was.
ordered_json own_block(const block& from) {
    if (from.type == "thinking") {
        return {{"type", from.type}, {"thinking", from.thinking}, {"signature", from.signature}};
    }
    if (from.type == "redacted_thinking") {
        return {{"type", from.type}, {"data", raw_json(from)}};
    }
    if (from.type == "server_tool_use" || from.type == "mcp_tool_use") {
        ordered_json made{{"type", from.type},
                          {"id", from.tool_use_id},
                          {"name", from.tool_name},
                          {"input", arguments_object(from)}};
        if (!from.name.empty()) {
            made[from.type == "mcp_tool_use" ? "server_name" : "toolset_name"] = from.name;
        }
        return made;
    }
    if (from.type.ends_with("_tool_result")) {
        ordered_json made{{"type", from.type}, {"tool_use_id", from.tool_result_id}};
        made["content"] = from.raw.empty() ? ordered_json(from.tool_output) : raw_json(from);
        return made;
    }
    if (from.type == "compaction") {
        auto made = from.raw.empty() ? ordered_json::object() : raw_json(from);
        made["type"] = from.type;
        made["content"] = from.text;
        return made;
    }
    auto made = raw_json(from);
    if (!made.is_object()) {
        made = ordered_json::object();
    }
    const auto type = made.find("type");
    if (from.type == "image" && (type == made.end() || *type != "image")) {
        return {{"type", from.type}, {"source", std::move(made)}};  // a file's id
    }
    made["type"] = from.type;
    if (!from.image_base64.empty()) {  // of a document
        made["source"] = {{"type", is_plain_text_document(from) ? "text" : "base64"},
                          {"media_type", from.media_type},
                          {"data", from.image_base64}};
    }
    return made;
}

class anthropic_maker {
public:
    anthropic_maker(const node_message& from, const form_context& context) : from_{from}, context_{context} {}

    ordered_json content() {
        auto made = ordered_json::array();
        for (std::size_t i = 0; i < from_.blocks.size(); ++i) {
            const auto& one = from_.blocks[i];
            if (one.type == "tool_result" || one.type == "custom_tool_call_output") {
                made.push_back(result(i));
            } else {
                add(i, made);
            }
        }
        return made;
    }

private:
    /// A result takes the blocks behind it that are parts of it.
    ordered_json result(std::size_t& at) {
        const auto& one = from_.blocks[at];
        ordered_json made{{"type", "tool_result"}, {"tool_use_id", one.tool_result_id}};
        auto parts = ordered_json::array();
        if (!one.tool_output.empty()) {
            parts.push_back({{"type", "text"}, {"text", one.tool_output}});
        }
        const auto only_text = parts.size();
        while (at + 1 < from_.blocks.size() && belongs_to(from_.blocks[at + 1], one, from_.role)) {
            add(++at, parts);
        }
        if (parts.size() > only_text) {
            made["content"] = std::move(parts);
        } else if (!one.tool_output.empty()) {
            made["content"] = one.tool_output;
        }
        if (one.is_error) {
            made["is_error"] = true;
        }
        return made;
    }

    void add(std::size_t at, ordered_json& to) {
        const auto& one = from_.blocks[at];
        if (one.type == "text") {
            to.push_back({{"type", "text"}, {"text", one.text}});
        } else if (const auto image = one.type == "image" ? image_of(one) : std::nullopt) {
            to.push_back(anthropic_image(*image));
        } else if (one.type == "tool_use" || one.type == "function_call") {
            to.push_back({{"type", "tool_use"},
                          {"id", call_id_of(from_, at)},
                          {"name", one.tool_name},
                          {"input", arguments_object(one)}});
        } else if (one.type == "refusal" && !context_.own) {
            to.push_back({{"type", "text"}, {"text", one.refusal}});
        } else if (one.type == "citations" && context_.own && !to.empty() && to.back()["type"] == "text") {
            to.back()["citations"] = raw_json(one);
        } else if (context_.own && one.type != "encrypted_content") {
            to.push_back(own_block(one));
        } else {
            context_.left.add(one.type);
        }
    }

    const node_message& from_;
    const form_context& context_;
};

}  // namespace

void add_anthropic_message(const node_message& from, const form_context& context, messages_in_form& to) {
    auto content = anthropic_maker{from, context}.content();
    const bool tool = from.role == "tool" || from.role == "function";
    if (merkle::is_system_role(from.role) && to.history.empty()) {
        if (to.system.is_null()) {
            to.system = ordered_json::array();
        }
        for (auto& one : content) {
            to.system.push_back(std::move(one));
        }
        return;
    }
    if (content.empty()) {
        return;
    }
    // Results of one answer's calls stand in one message.
    const bool joins = tool && !to.history.empty() && to.history.back()["role"] == "user" &&
                       to.history.back()["content"].is_array() && !context.own &&
                       to.history.back()["content"].back()["type"] == "tool_result";
    if (joins) {
        for (auto& one : content) {
            to.history.back()["content"].push_back(std::move(one));
        }
        return;
    }
    const bool answer = merkle::is_answer_role(from.role);
    to.history.push_back({{"role", answer ? "assistant" : "user"}, {"content", std::move(content)}});
}

}  // namespace tapes::exports
