#include "request/message_forms.hpp"

#include <tapes/text/ordered_json.hpp>

namespace tapes::exports {

using nlohmann::ordered_json;

ordered_json raw_json(const merkle::block& from) {
    auto value = text::parsed_json(from.raw);
    return value.is_discarded() ? ordered_json{} : value;
}

ordered_json arguments_object(const merkle::block& call) {
    const auto& text = call.tool_input.empty() ? call.raw : call.tool_input;
    if (text.empty()) {
        return ordered_json::object();
    }
    auto value = text::parsed_json(text);
    return value.is_object() ? value : ordered_json{{"arguments", text}};
}

std::string arguments_text(const merkle::block& call) {
    if (call.tool_input.empty() && !call.raw.empty()) {
        return call.raw;
    }
    return call.tool_input.empty() ? "{}" : call.tool_input;
}

std::string call_id_of(const node_message& from, std::size_t block) {
    const auto& id = from.blocks[block].tool_use_id;
    return id.empty() ? "call_" + std::to_string(from.node) + "_" + std::to_string(block) : id;
}

}  // namespace tapes::exports
