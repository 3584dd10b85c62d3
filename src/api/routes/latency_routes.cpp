#include "routes/asked.hpp"
#include "routes/caching.hpp"
#include "routes/columns.hpp"
#include "routes/read_groups.hpp"

#include <tapes/read/json.hpp>
#include <tapes/read/latency.hpp>

#include <utility>

namespace tapes::api {

namespace {

constexpr std::size_t most_latency_rows = 1'000;

response show_latency(const asked& from, record& record) {
    const auto columns = columns_asked(from, read::latency_columns);
    read::latency_choice choice;
    choice.since_us = from.moment("since");
    choice.until_us = from.moment("until");
    choice.session = from.text("session");
    choice.api = from.text("api");
    choice.provider = from.text("provider");
    choice.model = from.text("model");
    choice.agent = from.text("agent");
    choice.project = from.text("project");
    const auto tag = tag_of(record);
    if (auto known = not_modified(from.received(), tag, freshness::ask)) {
        return *std::move(known);
    }
    const auto found = read::latency_by(record.from(), columns, choice);
    auto rows = read::ordered_json::array();
    for (const auto& row : found.rows) {
        if (!columns.empty() && rows.size() < most_latency_rows) {
            rows.push_back(read::latency_row_json(row));
        }
    }
    const auto more = columns.empty() ? 0 : found.rows.size() - rows.size();
    return tagged({200, read::dumped({{"latency", std::move(rows)},
                                      {"more_rows", more},
                                      {"total", read::latency_row_json(found.total)},
                                      {"looked_at", found.looked_at},
                                      {"looked_back_to", read::moment_json(found.oldest_seen_us)},
                                      {"complete", found.complete}}) +
                            "\n"},
                  tag, freshness::ask);
}

}  // namespace

void add_latency_routes(route_table& table) {
    add_reading(table, "/v1/latency",
                {"read_latency",
                 "Tells how long one waited for answers, as percentiles of the newest 20,000 exchanges.",
                 {},
                 {text_about("by",
                             "What is told apart, with commas: day, model, provider, api, project, agent. "
                             "Without it there is the total alone."),
                  moment_about("since", "Accepted then or later."), moment_about("until", "Accepted before."),
                  text_about("session", "The beginning of the session's name, as the client gave it."),
                  text_about("api", "Its whole name."), text_about("provider", "Its whole name."),
                  text_about("model", "The model that was asked for, whole."),
                  text_about("agent", "Its whole name."), text_about("project", "Its whole name.")},
                 "",
                 {{200, "The percentiles, in milliseconds.", "latency_sums"},
                  {304, "Nothing was recorded since.", "", ""}},
                 {400, 503}},
                show_latency);
}

}  // namespace tapes::api
