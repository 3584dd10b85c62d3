#include "json/difference_json.hpp"

#include "json/values.hpp"

#include <tapes/read/json.hpp>

namespace tapes::read {

namespace {

ordered_json pieces_json(const shown_text& from) {
    auto pieces = ordered_json::array();
    for (const auto& one : from.pieces) {
        ordered_json piece{{"change", to_string(one.kind)}, {"text", one.text}, {"omitted", one.omitted}};
        if (!one.digest.empty()) {
            piece["sha256"] = one.digest;
        }
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

ordered_json value_json(const value_change& from) {
    ordered_json made{{"path", from.path}, {"change", to_string(from.kind)}};
    if (!from.text.pieces.empty()) {
        add_shown(made, from.text);
        return made;
    }
    if (from.kind != change::added) {
        add_excerpt(made, "left", from.left);
    }
    if (from.kind != change::removed) {
        add_excerpt(made, "right", from.right);
    }
    return made;
}

ordered_json side_json(const std::optional<block_side>& from) {
    if (!from) {
        return nullptr;
    }
    ordered_json made{{"place", from->place}, {"bytes", from->bytes}, {"cut", from->cut}};
    if (!from->media_type.empty()) {
        made["media_type"] = from->media_type;
    }
    if (!from->digest.empty()) {
        made["sha256"] = from->digest;
    }
    return made;
}

ordered_json block_difference_json(const block_difference& from) {
    ordered_json made{{"change", to_string(from.kind)}, {"kind", to_string(from.block)}};
    if (from.block == block_kind::call || from.block == block_kind::result) {
        made["tool"] = text_json(from.tool);
        made["call_id"] = text_json(from.call_id);
    }
    made["left"] = side_json(from.left);
    made["right"] = side_json(from.right);
    if (from.values.compared) {
        add_values(made, from.values);
    } else if (from.kind != change::same) {
        add_shown(made, from.text);
    }
    return made;
}

ordered_json message_side_json(const std::optional<message_side>& from) {
    if (!from) {
        return nullptr;
    }
    return {
        {"node", from->node}, {"hash", hash_json(from->hash)}, {"role", from->role}, {"turn", from->turn}};
}

ordered_json chain_side_json(const chain_side& from) {
    if (from.node == 0) {
        return nullptr;
    }
    return {
        {"node", from.node}, {"hash", hash_json(from.hash)}, {"nodes", from.nodes}, {"turns", from.turns}};
}

}  // namespace

void add_shown(ordered_json& to, const shown_text& from) {
    to["text"] = pieces_json(from);
    to["more_pieces"] = from.more;
    to["removed_bytes"] = from.removed_bytes;
    to["added_bytes"] = from.added_bytes;
    to["coarse"] = from.coarse;
}

void add_values(ordered_json& to, const json_comparison& from) {
    to["values"] = ordered_json::array();
    for (const auto& one : from.values) {
        to["values"].push_back(value_json(one));
    }
    to["more_values"] = from.more;
}

ordered_json message_difference_json(const message_difference& from) {
    ordered_json made{{"type", "message"},
                      {"change", to_string(from.kind)},
                      {"left", message_side_json(from.left)},
                      {"right", message_side_json(from.right)},
                      {"hidden", from.hidden},
                      {"blocks", ordered_json::array()},
                      {"more_blocks", from.more_blocks}};
    for (const auto& one : from.blocks) {
        made["blocks"].push_back(block_difference_json(one));
    }
    return made;
}

ordered_json chain_difference_json(const chain_difference& from) {
    return {{"type", "chains"},
            {"left", chain_side_json(from.left())},
            {"right", chain_side_json(from.right())},
            {"common", chain_side_json(from.common())}};
}

}  // namespace tapes::read
