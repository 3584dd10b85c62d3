#include "json/difference_json.hpp"
#include "json/values.hpp"

#include <tapes/catalogue/names.hpp>
#include <tapes/read/json.hpp>

namespace tapes::read {

namespace {

ordered_json fields_json(const std::vector<field_difference>& from) {
    auto made = ordered_json::array();
    for (const auto& one : from) {
        made.push_back({{"name", one.name}, {"left", text_json(one.left)}, {"right", text_json(one.right)}});
    }
    return made;
}

ordered_json part_side_json(const std::optional<part_side>& from) {
    if (!from) {
        return nullptr;
    }
    return {{"number", from->number},
            {"block", from->block},
            {"bytes", from->bytes},
            {"cache_control", text_json(from->cache_control)}};
}

ordered_json exchange_side_json(const exchange_side& from) {
    auto made = entry_json(from.told);
    made["has_bytes"] = from.has_bytes;
    made["fault"] = text_json(from.fault);
    made["goes_on_from"] = text_json(from.goes_on_from);
    made["parts"] = from.parts;
    return made;
}

ordered_json thread_side_json(const std::optional<thread_side>& from) {
    if (!from) {
        return nullptr;
    }
    auto made = entry_json(begun_thread{from->thread, from->number, from->continues_number});
    made["head"] = from->thread.head;
    made["nodes"] = from->nodes;
    return made;
}

}  // namespace

ordered_json part_difference_json(const part_difference& from) {
    ordered_json made{{"type", "part"},
                      {"change", to_string(from.kind)},
                      {"part", to_string(from.part)},
                      {"name", text_json(from.name)},
                      {"part_type", text_json(from.type)},
                      {"left", part_side_json(from.left)},
                      {"right", part_side_json(from.right)},
                      {"only_cache_control", from.only_cache_control}};
    if (from.values.compared) {
        add_values(made, from.values);
    } else {
        add_shown(made, from.text);
    }
    return made;
}

ordered_json exchange_comparison_json(const exchange_comparison& from) {
    return {{"type", "exchanges"},
            {"left", exchange_side_json(from.left)},
            {"right", exchange_side_json(from.right)},
            {"request_fields", fields_json(from.request_fields)},
            {"response_fields", fields_json(from.response_fields)},
            {"same_parts", from.same_parts},
            {"more_parts", from.more_parts},
            {"tools_reordered", from.tools_reordered}};
}

ordered_json session_comparison_json(const session_comparison& from) {
    ordered_json made{{"type", "sessions"},
                      {"left", session_json(from.left.session, from.left.price)},
                      {"right", session_json(from.right.session, from.right.price)},
                      {"tools", ordered_json::array()}};
    for (const auto& one : from.tools) {
        made["tools"].push_back({{"tool", one.tool},
                                 {"left_calls", one.left_calls},
                                 {"right_calls", one.right_calls},
                                 {"left_errors", one.left_errors},
                                 {"right_errors", one.right_errors}});
    }
    return made;
}

ordered_json thread_comparison_json(const thread_comparison& from) {
    return {{"type", "threads"},
            {"left", thread_side_json(from.left)},
            {"right", thread_side_json(from.right)},
            {"common_nodes", from.common_nodes}};
}

}  // namespace tapes::read
