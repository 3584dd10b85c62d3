#include <tapes/read/json.hpp>

namespace tapes::read {

namespace {

ordered_json percentiles_json(const percentiles& from) {
    if (from.count == 0) {
        return nullptr;
    }
    return {{"count", from.count}, {"p50", from.p50_ms}, {"p90", from.p90_ms}, {"p99", from.p99_ms}};
}

}  // namespace

ordered_json latency_row_json(const latency_row& from) {
    ordered_json made{{"type", "latency"}};
    for (const auto& [name, value] : from.key) {
        made[name] = value.empty() ? ordered_json(nullptr) : ordered_json(value);
    }
    made["first_byte_ms"] = percentiles_json(from.first_byte);
    made["duration_ms"] = percentiles_json(from.whole);
    made["between_tokens_ms"] = percentiles_json(from.token);
    return made;
}

}  // namespace tapes::read
