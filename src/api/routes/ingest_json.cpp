#include "routes/ingest_json.hpp"

#include <tapes/text/json_string.hpp>

namespace tapes::api {

namespace {

using state = tapes::record::intake_outcome::state;

}  // namespace

std::string taken_json(const tapes::record::intake_outcome& one) {
    return R"({"id":")" + capture::to_string(one.id) + R"(","hash":")" + merkle::to_hex(one.head) +
           R"(","known":)" + (one.now == state::known ? "true" : "false") + "}";
}

bool is_stored(const batch_member& one) {
    return one.problem.empty() && (one.outcome.now == state::taken || one.outcome.now == state::known);
}

std::string refused_json(const std::vector<batch_member>& all) {
    std::string refused;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& [problem, outcome] = all[i];
        if (is_stored(all[i])) {
            continue;
        }
        refused.append(refused.empty() ? "" : ",").append("{\"index\":" + std::to_string(i) + ",\"error\":");
        text::append_json_string(refused, problem.empty() ? outcome.detail : problem);
        refused.append(",\"again\":")
            .append(problem.empty() && outcome.now == state::busy ? "true" : "false")
            .append("}");
    }
    return "\"refused\":[" + refused + "]";
}

std::string batch_json(const std::vector<batch_member>& all) {
    std::size_t accepted = 0;
    std::size_t known = 0;
    std::string turns;
    for (const auto& one : all) {
        accepted += is_stored(one) ? 1 : 0;
        known += is_stored(one) && one.outcome.now == state::known ? 1 : 0;
        turns.append(turns.empty() ? "" : ",").append(is_stored(one) ? taken_json(one.outcome) : "null");
    }
    return "{\"accepted\":" + std::to_string(accepted) + ",\"known\":" + std::to_string(known) +
           ",\"turns\":[" + turns + "]," + refused_json(all) + "}";
}

}  // namespace tapes::api
