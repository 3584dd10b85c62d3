#include "routes/asked.hpp"
#include "routes/caching.hpp"
#include "routes/columns.hpp"
#include "routes/meant.hpp"
#include "routes/read_groups.hpp"

#include <tapes/read/json.hpp>
#include <tapes/read/usage.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tapes::api {

namespace {

/// Rows beyond these are counted only; the total has them.
constexpr std::size_t usage_rows_usual = 1'000;
constexpr std::size_t usage_rows_most = 10'000;

catalogue::usage_filter usage_filter_of(const asked& from, record& record) {
    catalogue::usage_filter filter;
    filter.since_day = from.day("since");
    filter.until_day = from.day("until");
    filter.project = from.text("project");
    filter.agent_name = from.text("agent");
    filter.provider = from.text("provider");
    filter.model = from.text("model");
    if (from.has("session")) {
        filter.sessions = {session_meant(record, from.text("session")).id};
    }
    return filter;
}

read::usage_order usage_order_of(const asked& from) {
    const auto name = from.has("order") ? from.text("order") : std::string{read::usage_orders.front()};
    const auto* const found = std::ranges::find(read::usage_orders, name);
    if (found == read::usage_orders.end()) {
        throw std::invalid_argument{
            "the parameter order must be key, cost, tokens, turns, errors or dropped"};
    }
    return static_cast<read::usage_order>(found - read::usage_orders.begin());
}

response show_usage(const asked& from, record& record) {
    const auto columns = columns_asked(from, read::usage_columns);
    catalogue::usage_parts parts;
    for (const auto* const one : columns) {
        parts.*(one->wanted) = true;
    }
    const auto order = usage_order_of(from);
    const auto limit = from.number("limit", usage_rows_usual, 1, usage_rows_most);
    const auto filter = usage_filter_of(from, record);
    auto& all = catalogue_of(record);
    const auto tag = tag_of(record);
    if (auto known = not_modified(from.received(), tag, freshness::ask)) {
        return *std::move(known);
    }
    auto rows = read::usage_by(all, record.prices(), parts, filter);
    read::usage total;
    for (const auto& row : rows) {
        total += row;
    }
    const auto found = columns.empty() ? 0 : rows.size();
    read::order_usage(rows, order, columns.empty() ? 0 : limit);
    auto told = read::ordered_json::array();
    for (const auto& row : rows) {
        told.push_back(read::usage_json("usage", row, read::usage_keys_of(all, columns, row.sum.key)));
    }
    const auto more = found - rows.size();
    return tagged({200, read::dumped({{"usage", std::move(told)},
                                      {"more_rows", more},
                                      {"total", read::usage_json("total", total, {})}}) +
                            "\n"},
                  tag, freshness::ask);
}

response show_tools(const asked& from, record& record) {
    const auto filter = usage_filter_of(from, record);
    const bool by_day = from.flag("by_day");
    auto& all = catalogue_of(record);
    const auto tag = tag_of(record);
    if (auto known = not_modified(from.received(), tag, freshness::ask)) {
        return *std::move(known);
    }
    const auto rows = all.tools(by_day, filter);
    auto told = read::ordered_json::array();
    for (const auto& row : rows) {
        if (told.size() < usage_rows_most) {
            told.push_back(read::tool_json(row, by_day));
        }
    }
    const auto more = rows.size() - told.size();
    return tagged({200, read::dumped({{"tools", std::move(told)}, {"more_rows", more}}) + "\n"}, tag,
                  freshness::ask);
}

std::vector<parameter_about> usage_parameters() {
    return {moment_about("since", "The first day, in UTC."),
            moment_about("until", "The last day, in UTC."),
            text_about("project", "Its whole name."),
            text_about("agent", "Its whole name."),
            text_about("provider", "Its whole name."),
            text_about("model", "The model that was asked for, whole."),
            text_about("session", "The session's name or a unique beginning of it.")};
}

}  // namespace

void add_usage_routes(route_table& table) {
    auto by = usage_parameters();
    by.push_back(text_about("by",
                            "What sums are apart by, with commas: day, model, provider, project, agent, "
                            "session. Without it there is the total alone."));
    by.push_back(
        {"order",
         "The largest first, by this; else in the order of their keys. What is not told is in `more_rows` "
         "and in the total.",
         R"({"type":"string","enum":["key","cost","tokens","turns","errors","dropped"],"default":"key"})"});
    by.push_back(limit_about(usage_rows_usual, usage_rows_most));
    add_reading(table, "/v1/usage",
                {"read_usage",
                 "Tells tokens, each counted once, and what they cost.",
                 {},
                 std::move(by),
                 "",
                 {{200, "The sums.", "usage_sums"}, {304, "Nothing was recorded since.", "", ""}},
                 {400, 404, 409, 503}},
                show_usage);
    auto of_tools = usage_parameters();
    of_tools.push_back(flag_about("by_day", "Days are apart."));
    add_reading(table, "/v1/tools",
                {"read_tools",
                 "Tells how often tools were called, what failed, and how much they took and gave.",
                 {},
                 std::move(of_tools),
                 "",
                 {{200, "The sums.", "tool_sums"}, {304, "Nothing was recorded since.", "", ""}},
                 {400, 404, 409, 503}},
                show_tools);
}

}  // namespace tapes::api
