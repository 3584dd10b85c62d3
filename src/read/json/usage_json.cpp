#include <tapes/read/json.hpp>

namespace tapes::read {

ordered_json usage_json(std::string_view type, const usage& from, const usage_keys& keys) {
    ordered_json made{{"type", type}};
    for (const auto& [name, value] : keys) {
        made[name] = value.empty() ? ordered_json(nullptr) : ordered_json(value);
    }
    made["exchanges"] = from.sum.exchanges;
    made["turns"] = from.sum.turns;
    made["errors"] = from.sum.errors;
    made["dropped"] = from.sum.dropped;
    made["without_usage"] = from.sum.without_usage;
    made["tokens"] = tokens_json(from.sum.tokens);
    made["cost"] = cost_json(from.price);
    made["unpriced_models"] = ordered_json::array();
    for (const auto& [model, turns] : from.unpriced_models) {
        made["unpriced_models"].push_back({{"model", model}, {"turns", turns}});
    }
    return made;
}

ordered_json tool_json(const catalogue::tool_sum& from, bool by_day) {
    return {{"type", "tool"},
            {"tool", from.tool},
            {"day", by_day ? ordered_json(from.day) : ordered_json(nullptr)},
            {"calls", from.calls},
            {"errors", from.errors},
            {"argument_bytes", from.argument_bytes},
            {"result_bytes", from.result_bytes}};
}

}  // namespace tapes::read
