#include "routes/query.hpp"

#include <tapes/api/orphan_routes.hpp>
#include <tapes/text/rfc3339.hpp>

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdint>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::int64_t listed = 100;
constexpr std::int64_t most_listed = 10'000;

/// The number that the query gives this name, `fallback` where it gives none; false for what is no number.
bool read_number(const request& asked, std::string_view name, std::int64_t& value) {
    for (const auto& [key, text] : query_pairs(asked.query)) {
        if (key == name) {
            const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
            return failed == std::errc{} && end == text.data() + text.size();
        }
    }
    return true;
}

response list(const request& asked, const std::string& path) {
    std::int64_t after = 0;
    std::int64_t limit = listed;
    if (!read_number(asked, "after", after) || !read_number(asked, "limit", limit) || limit < 1 ||
        limit > most_listed) {
        return error_response(400, "after must be a number, limit one from 1 to 10000");
    }
    store::orphan_reader in{path};
    const auto totals = in.totals();
    std::string body = "{\"total\":" + std::to_string(totals.nodes) +
                       ",\"missing\":" + std::to_string(totals.missing) + ",\"orphans\":[";
    bool first = true;
    for (const auto& one : in.list(after, static_cast<std::size_t>(limit))) {
        body.append(first ? "" : ",").append(orphan_json(one));
        first = false;
    }
    return {200, body + "]}\n"};
}

}  // namespace

std::string orphan_json(const store::kept_orphan& orphan) {
    std::string received;
    text::append_rfc3339(received, orphan.received_at_us);
    nlohmann::ordered_json made{{"id", orphan.id},
                                {"hash", merkle::to_hex(orphan.hash)},
                                {"parent_hash", merkle::to_hex(orphan.parent)},
                                {"root_hash", merkle::to_hex(orphan.root)},
                                {"source", orphan.from.source},
                                {"topic", orphan.from.topic},
                                {"partition", orphan.from.partition},
                                {"offset", orphan.from.offset},
                                {"received_at", received}};
    if (!orphan.problem.empty()) {
        made["problem"] = orphan.problem;
    }
    return made.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void add_orphan_routes(route_table& to, std::string path) {
    to.add({"GET", "/v1/orphans",
            [path = std::move(path)](const request& asked) { return list(asked, path); }, false});
}

}  // namespace tapes::api
