#include "access/open_record.hpp"
#include "commands/counted.hpp"
#include "commands/meant.hpp"
#include "commands/moments.hpp"
#include "commands/stats_latency.hpp"
#include "screen/figures.hpp"
#include "screen/pager.hpp"
#include "screen/screen.hpp"
#include "screen/table.hpp"

#include <tapes/app/reading.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/usage.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tapes::app {

namespace {

constexpr std::string_view by_tool = "tool";

/// What is asked for, in the order of the command line.
struct grouping {
    catalogue::usage_parts parts;
    std::vector<const read::usage_column*> columns;
    bool tool = false;
};

grouping grouping_of(const std::vector<std::string>& by) {
    grouping made;
    for (const auto& name : by) {
        const auto* const found = std::ranges::find(read::usage_columns, name, &read::usage_column::name);
        if (name == by_tool) {
            made.tool = true;
        } else if (found == read::usage_columns.end()) {
            throw usage_error{"--by takes day, model, provider, project, agent, session and tool, not \"" +
                              name + "\""};
        } else if (!(made.parts.*(found->wanted))) {
            made.parts.*(found->wanted) = true;
            made.columns.push_back(found);
        }
    }
    const bool day_at_most = made.columns.empty() || (made.columns.size() == 1 && made.parts.day);
    if (made.tool && !day_at_most) {
        throw usage_error{"--by tool goes with day alone: what a tool was given has no tokens of its own"};
    }
    return made;
}

std::string day_flag(const char* flag, const std::string& text) {
    const auto moment = moment_flag(flag, text);
    return moment ? shown_moment(*moment).substr(0, 10) : std::string{};
}

/// Days of UTC are the smallest parts of sums.
catalogue::usage_filter filter_of(const usage_request& options) {
    catalogue::usage_filter filter;
    filter.since_day = day_flag("--since", options.since);
    filter.until_day = day_flag("--until", options.until);
    filter.project = options.project;
    filter.agent_name = options.agent;
    filter.provider = options.provider;
    filter.model = options.model;
    return filter;
}

class usage_writer {
public:
    usage_writer(read::sources& from, const grouping& by, printer& out, const screen& to)
        : from_{from}, by_{by}, out_{out}, to_{to} {}

    void write_json(const std::vector<read::usage>& rows, const read::usage& total) {
        if (!by_.columns.empty()) {
            for (const auto& row : rows) {
                out_.json(read::dumped(read::usage_json(
                    "usage", row, read::usage_keys_of(*from_.catalogue, by_.columns, row.sum.key))));
            }
        }
        out_.json(read::dumped(read::usage_json("total", total, {})));
    }

    void write_table(const std::vector<read::usage>& rows, const read::usage& total) {
        using enum column::side;
        std::vector<table_column> columns;
        columns.reserve(by_.columns.size());
        for (const auto* const one : by_.columns) {
            columns.push_back({one->name, left, 40});
        }
        for (const auto& [title, rank] : {std::pair<std::string_view, int>{"turns", 6},
                                          {"input", 3},
                                          {"cache read", 4},
                                          {"cache write", 5},
                                          {"output", 2},
                                          {"reasoning", 7},
                                          {"cached", 8},
                                          {"cost", 0}}) {
            columns.push_back({title, right, 0, rank});
        }
        table made{out_, to_, std::move(columns)};
        for (const auto& row : rows) {
            made.add(cells_of(row, false));
        }
        made.add(cells_of(total, true));
        made.finish();
    }

    void write_summary(const read::usage& total) {
        const auto& tokens = total.sum.tokens;
        const auto& price = total.price;
        line("turns", grouped(static_cast<std::int64_t>(total.sum.turns)), "");
        line("errors", grouped(static_cast<std::int64_t>(total.sum.errors)), "");
        line("without a turn", grouped(static_cast<std::int64_t>(total.sum.dropped)), "");
        line("input", grouped(tokens.input), part(price, price.input));
        line("cache read", grouped(tokens.cache_read), part(price, price.cache_read));
        line("cache write", grouped(tokens.written()), part(price, price.cache_write));
        line("output", grouped(tokens.output), part(price, price.output));
        line("  of it reasoning", grouped(tokens.reasoning), "");
        line("all", grouped(tokens.context() + tokens.output), dollars(price));
    }

    void write_missing(const read::usage& total) {
        for (const auto& [model, turns] : total.unpriced_models) {
            out_ << to_.look.yellow() << "partial: no price for " << (model.empty() ? "?" : one_line(model))
                 << " (" << counted(turns, "turn") << ")" << to_.look.plain() << "\n";
        }
        if (total.sum.without_usage != 0) {
            out_ << to_.look.yellow() << "partial: of " << counted(total.sum.without_usage, "turn")
                 << " the provider told no tokens" << to_.look.plain() << "\n";
        }
    }

private:
    static std::string part(const read::cost& of, read::picodollars amount) {
        read::cost one;
        one.input = amount;
        one.priced = of.priced;
        return dollars(one);
    }

    void line(words label, const std::string& figure, const std::string& price) {
        constexpr std::size_t label_width = 18;
        constexpr std::size_t figure_width = 16;
        out_ << to_.look.dim() << left(label_width, label.text) << to_.look.plain()
             << std::string(figure_width - std::min(figure_width, figure.size()), ' ') << figure
             << (price.empty() ? std::string{} : "  " + price) << "\n";
    }

    std::vector<table_cell> cells_of(const read::usage& row, bool total) {
        const auto colour = total ? to_.look.bold() : words{""};
        std::vector<table_cell> cells;
        for (const auto* const one : by_.columns) {
            const bool first = one == by_.columns.front();
            auto value = total ? std::string{first ? "all" : ""}
                               : one_line(read::usage_value(*from_.catalogue, *one, row.sum.key));
            cells.push_back({value.empty() && !total ? "-" : std::move(value), colour});
        }
        const auto& tokens = row.sum.tokens;
        for (const auto figure : {static_cast<std::int64_t>(row.sum.turns), tokens.input, tokens.cache_read,
                                  tokens.written(), tokens.output, tokens.reasoning}) {
            cells.push_back({grouped(figure), colour});
        }
        cells.push_back({share_of(tokens.cache_read, tokens.context()), colour});
        cells.push_back({dollars(row.price), colour});
        return cells;
    }

    read::sources& from_;
    const grouping& by_;
    printer& out_;
    const screen& to_;
};

void write_tools(const std::vector<catalogue::tool_sum>& rows, bool by_day, bool json, printer& out,
                 const screen& to) {
    using enum column::side;
    table made{out,
               to,
               {{"tool", left, 40},
                {"day", left, 0, by_day ? 0 : 9},
                {"calls", right},
                {"errors", right, 0, 1},
                {"arguments", right, 0, 2},
                {"results", right}}};
    for (const auto& one : rows) {
        if (json) {
            out.json(read::dumped(read::tool_json(one, by_day)));
            continue;
        }
        made.add({{one_line(one.tool)},
                  {one.day},
                  {grouped(static_cast<std::int64_t>(one.calls))},
                  {grouped(static_cast<std::int64_t>(one.errors))},
                  {short_bytes(one.argument_bytes)},
                  {short_bytes(one.result_bytes)}});
    }
    if (!json) {
        made.finish();
    }
}

int nothing_found(printer& err) {
    err << "tapes: nothing was recorded that this would count\n";
    return 1;
}

}  // namespace

int show_usage(const config::settings& settings, const usage_request& options, printer& out, printer& err) {
    if (options.latency) {
        return show_latency(settings, options, out, err);
    }
    const auto by = grouping_of(options.by);
    auto filter = filter_of(options);
    open_record record{settings};
    auto& from = record.from();
    if (!options.session.empty()) {
        filter.sessions = find_sessions(from, options.session);
        if (filter.sessions.empty()) {
            return nothing_found(err);
        }
    }
    const auto to = screen_of(out, options.screen);
    if (by.tool) {
        const auto tools = from.catalogue->tools(by.parts.day, filter);
        if (tools.empty()) {
            return nothing_found(err);
        }
        const pager reader{out, options.screen};
        write_tools(tools, by.parts.day, options.json, out, to);
        return 0;
    }
    const auto rows = read::usage_by(*from.catalogue, record.prices(), by.parts, filter);
    if (rows.empty()) {
        return nothing_found(err);
    }
    read::usage total;
    for (const auto& row : rows) {
        total += row;
    }
    const pager reader{out, options.screen};
    usage_writer writer{from, by, out, to};
    if (options.json) {
        writer.write_json(rows, total);
        return 0;
    }
    by.columns.empty() ? writer.write_summary(total) : writer.write_table(rows, total);
    writer.write_missing(total);
    return 0;
}

}  // namespace tapes::app
