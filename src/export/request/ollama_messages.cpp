#include "request/message_forms.hpp"

#include <tapes/merkle/dropped.hpp>

#include <utility>

namespace tapes::exports {

using nlohmann::ordered_json;

void add_ollama_message(const node_message& from, const form_context& context, messages_in_form& to) {
    ordered_json made{{"role", from.role}, {"content", ""}};
    std::string text;
    for (const auto& one : from.blocks) {
        if (one.type == "text") {
            text += one.text;
        } else if (one.type == "image" && !one.image_base64.empty()) {
            made["images"].push_back(one.image_base64);
        } else if (one.type == "tool_use") {
            made["tool_calls"].push_back(
                {{"function", {{"name", one.tool_name}, {"arguments", arguments_object(one)}}}});
        } else if (one.type == "tool_result") {
            text += one.tool_output;
            if (!one.tool_name.empty()) {
                made["tool_name"] = one.tool_name;
            }
            if (!one.tool_result_id.empty()) {
                made["tool_call_id"] = one.tool_result_id;
            }
        } else if (one.type == "thinking") {
            made["thinking"] = one.thinking;
        } else {
            context.left.add(one.type);
        }
    }
    made["content"] = std::move(text);
    to.history.push_back(std::move(made));
}

}  // namespace tapes::exports
