#include "questions/page.hpp"
#include "questions/tools.hpp"

#include <tapes/read/json.hpp>
#include <tapes/read/moment.hpp>
#include <tapes/read/usage.hpp>
#include <tapes/text/rfc3339.hpp>

#include <algorithm>
#include <charconv>

namespace tapes::mcp {

namespace {

/// Rows are summed before they are told: the cursor is how many were told before.
std::size_t start_of(const question& asked) {
    const auto cursor = asked.given.text("cursor");
    std::size_t start = 0;
    const auto* const end = cursor.data() + cursor.size();
    const auto read = std::from_chars(cursor.data(), end, start);
    if (!cursor.empty() && (read.ec != std::errc{} || read.ptr != end)) {
        throw wrong_call{"the argument cursor must be `next` of the page before"};
    }
    return start;
}

/// Days of UTC are the smallest parts of sums.
std::string day_of(const question& asked, const char* name) {
    const auto text = asked.given.text(name);
    if (text.empty()) {
        return {};
    }
    const auto moment = read::read_moment(text);
    if (!moment) {
        throw wrong_call{std::string{"the argument "} + name + " must be a date (2026-01-31) or an age (7d)"};
    }
    std::string day;
    text::append_rfc3339(day, *moment);
    return day.substr(0, 10);
}

catalogue::usage_filter filter_of(const question& asked) {
    catalogue::usage_filter filter;
    filter.since_day = day_of(asked, "since");
    filter.until_day = day_of(asked, "until");
    filter.project = asked.project();
    filter.agent_name = asked.given.text("agent");
    filter.model = asked.given.text("model");
    if (const auto name = asked.given.text("session"); !name.empty()) {
        filter.sessions = {find_session(asked, name).id};
    }
    return filter;
}

ordered_json rest_of(const std::vector<ordered_json>& rows, const question& asked) {
    page told{asked};
    const auto start = std::min(start_of(asked), rows.size());
    auto at = start;
    while (at < rows.size() && told.add(rows[at])) {
        ++at;
    }
    return {{"rows", told.take()}, {"next", next_json(at < rows.size() ? std::to_string(at) : "")}};
}

}  // namespace

tool stats_tool() {
    tool made{"stats",
              "Sum up usage and cost",
              "Sums up turns, tokens (input, cache read, cache write, output) and what they cost, by day, "
              "model, provider, "
              "agent or session; or how often each tool was called, and failed.",
              {},
              {}};
    made.input = object_schema(
        {{"by",
          {{"type", "array"},
           {"description", "What the sums are kept apart by; tool goes with day alone. Empty: one sum."},
           {"items", choice_schema("", {"day", "model", "provider", "agent", "session", "project", "tool"})},
           {"maxItems", 6}}},
         {"since", text_schema("From this day on: 2026-01-31, 7d.")},
         {"until", text_schema("Up to this day.")},
         {"agent", text_schema("Only of this agent.")},
         {"model", text_schema("Only of this model.")},
         {"session", text_schema("Only of this session.")},
         {"cursor", text_schema("`next` of the page before.")}},
        {});
    made.output =
        paged_schema("rows", "The sums, in the order of their keys.",
                     {{"total", {{"type", {"object", "null"}}, {"description", "Of all of them."}}}});
    return made;
}

ordered_json stats_answer(const question& asked) {
    const auto by = asked.given.texts("by");
    const bool tools = std::ranges::find(by, "tool") != by.end();
    const bool by_day = std::ranges::find(by, "day") != by.end();
    if (tools && by.size() > (by_day ? 2U : 1U)) {
        throw wrong_call{"tool goes with day alone: what a tool was given has no tokens of its own"};
    }
    const auto filter = filter_of(asked);
    std::vector<ordered_json> rows;
    if (tools) {
        for (const auto& one : asked.from.catalogue->tools(by_day, filter)) {
            rows.push_back(read::tool_json(one, by_day));
        }
        auto made = rest_of(rows, asked);
        made["total"] = nullptr;
        return made;
    }
    catalogue::usage_parts parts;
    std::vector<const read::usage_column*> columns;
    for (const auto& column : read::usage_columns) {
        if (std::ranges::find(by, column.name) != by.end()) {
            parts.*(column.wanted) = true;
            columns.push_back(&column);
        }
    }
    read::usage total;
    for (const auto& one : read::usage_by(*asked.from.catalogue, asked.prices, parts, filter)) {
        total += one;
        if (!columns.empty()) {
            rows.push_back(read::usage_json(
                "usage", one, read::usage_keys_of(*asked.from.catalogue, columns, one.sum.key)));
        }
    }
    auto made = rest_of(rows, asked);
    made["total"] = read::usage_json("total", total, {});
    return made;
}

}  // namespace tapes::mcp
