#include "routes/json.hpp"
#include "routes/query.hpp"

#include <tapes/api/orphan_routes.hpp>
#include <tapes/text/rfc3339.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::int64_t orphans_listed = 100;
constexpr std::int64_t most_orphans = 10'000;

/// Returns the number that the query gives, or `fallback` if it gives none; nothing if it gives another text.
std::optional<std::int64_t> number_in(const request& request, std::string_view name, std::int64_t fallback) {
    const auto text = query_value(request.query, name);
    return text ? parse_number<std::int64_t>(*text) : fallback;
}

response list_orphans(const request& request, const std::string& path) {
    const auto after = number_in(request, "after", 0);
    const auto limit = number_in(request, "limit", orphans_listed);
    if (!after || !limit || *limit < 1 || *limit > most_orphans) {
        return error_response(400, "after must be a number, limit one from 1 to 10000");
    }
    store::orphan_reader reader{path};
    const auto totals = reader.totals();
    return {200,
            "{\"total\":" + std::to_string(totals.nodes) + ",\"missing\":" + std::to_string(totals.missing) +
                "," +
                json_array("orphans", reader.list(*after, static_cast<std::size_t>(*limit)), orphan_json) +
                "}\n"};
}

}  // namespace

std::string orphan_json(const store::kept_orphan& orphan) {
    std::string received;
    text::append_rfc3339(received, orphan.received_at_us);
    nlohmann::ordered_json json{{"id", orphan.id},
                                {"hash", merkle::to_hex(orphan.hash)},
                                {"parent_hash", merkle::to_hex(orphan.parent)},
                                {"root_hash", merkle::to_hex(orphan.root)},
                                {"source", orphan.from.source},
                                {"topic", orphan.from.topic},
                                {"partition", orphan.from.partition},
                                {"offset", orphan.from.offset},
                                {"received_at", received}};
    if (!orphan.problem.empty()) {
        json["problem"] = orphan.problem;
    }
    return json_text(json);
}

void add_orphan_routes(route_table& table, std::string store_path) {
    route entry{"GET", "/v1/orphans", [path = std::move(store_path)](const request& request) {
                    return list_orphans(request, path);
                }};
    entry.about = {
        "list_orphans",
        "Lists nodes that wait for their parents, in the order in which they came.",
        {},
        {{"after", "Behind the orphan with this id.", R"({"type":"integer","default":0})"},
         {"limit", "At most so many.", R"({"type":"integer","minimum":1,"maximum":10000,"default":100})"}},
        "",
        {{200, "The orphans.", "orphans"}},
        {400}};
    table.add(std::move(entry));
}

}  // namespace tapes::api
