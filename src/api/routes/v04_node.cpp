#include "routes/v04_node.hpp"

#include <tapes/store/content_blocks.hpp>

#include <nlohmann/json.hpp>

#include <string_view>

namespace tapes::api {

std::optional<std::vector<merkle::block>> v04_blocks(record& from, std::int64_t node) {
    std::string content;
    const auto size = from.from().chains.content(node, [&](std::string_view piece) {
        content += piece;
        return content.size() <= v04_content_bytes;
    });
    if (size == 0 || size > v04_content_bytes) {
        return std::nullopt;
    }
    const auto parsed = nlohmann::json::parse(content, nullptr, false);
    return parsed.is_discarded() ? std::nullopt : store::read_content_blocks(parsed);
}

std::string v04_text(const std::vector<merkle::block>& content) {
    std::string made;
    const auto append = [&](std::string_view first, std::string_view rest = {}) {
        made.append(made.empty() ? "" : "\n").append(first).append(rest);
    };
    for (const auto& block : content) {
        if (!block.text.empty()) {
            append(block.text);
        } else if (!block.tool_output.empty()) {
            append(block.tool_output);
        } else if (!block.tool_name.empty()) {
            append("Tool call: ", block.tool_name);
            if (!block.tool_input.empty()) {
                made.append("(").append(block.tool_input).append(")");
            }
        }
    }
    return made;
}

}  // namespace tapes::api
