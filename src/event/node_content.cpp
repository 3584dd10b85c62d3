#include "node_content.hpp"

#include <tapes/merkle/dropped.hpp>
#include <tapes/store/content_blocks.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace tapes::event {

std::string take_content(store::received_node& node, const nlohmann::json& content) {
    if (!content.is_array()) {
        return "its content is no list of blocks";
    }
    const auto parent = node.parent ? std::optional(merkle::link{*node.parent, *node.parent}) : std::nullopt;
    if (auto blocks = store::read_content_blocks(content)) {
        merkle::mark_dropped(*blocks, {node.role, node.identity.provider});
        const merkle::message message{node.role, *std::move(blocks)};
        auto made = merkle::make_node(parent, node.identity, message);
        if (made.position.hash == node.hash) {
            if (made.position.match != made.position.hash) {
                node.match_content = merkle::event_content(merkle::match_form(message));
            }
            node.content = std::move(made.content);
            return {};
        }
    }
    // Fields or values that the event form has no place for: as they are.
    auto text = content.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto hash = merkle::hash_stored(node.parent, node.identity, node.role, text);
    if (!hash) {
        return "its content is no list of blocks";
    }
    if (*hash != node.hash) {
        return "its hash is not that of what it holds, which is " + merkle::to_hex(*hash);
    }
    node.content = std::move(text);
    return {};
}

}  // namespace tapes::event
