#include "commands/stats_latency.hpp"

#include "access/open_record.hpp"
#include "commands/meant.hpp"
#include "commands/moments.hpp"
#include "screen/figures.hpp"
#include "screen/pager.hpp"
#include "screen/screen.hpp"
#include "screen/table.hpp"

#include <tapes/app/usage_error.hpp>
#include <tapes/read/columns.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/latency.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::app {

namespace {

constexpr std::int64_t day_us = std::int64_t{86'400} * 1'000'000;

/// A kind of waiting time, as it is shown.
struct waiting {
    std::string_view name, short_name;
    read::percentiles read::latency_row::*times;
};

constexpr std::array waitings{
    waiting{"first byte", "first", &read::latency_row::first_byte},
    waiting{"total", "total", &read::latency_row::whole},
    waiting{"between tokens", "token", &read::latency_row::token},
};

std::vector<const read::latency_column*> columns_of(const std::vector<std::string>& by) {
    try {
        return read::columns_named(read::latency_columns, by);
    } catch (const std::invalid_argument& error) {
        throw usage_error{std::string{"--by with --latency takes "} + error.what()};
    }
}

/// Days of UTC count whole, as they do in sums.
read::latency_choice latency_choice_of(const usage_request& options) {
    read::latency_choice choice;
    if (const auto since = moment_flag("--since", options.since)) {
        choice.since_us = *since - *since % day_us;
    }
    if (const auto until = moment_flag("--until", options.until)) {
        choice.until_us = *until - *until % day_us + day_us;
    }
    choice.provider = options.provider;
    choice.model = options.model;
    choice.agent = options.agent;
    choice.project = options.project;
    return choice;
}

std::string shown_ms(double ms) {
    constexpr double most_with_tenths = 100;
    constexpr double most_in_ms = 10'000;
    if (ms >= most_in_ms) {
        return short_duration(static_cast<std::int64_t>(ms * 1000));
    }
    std::array<char, 32> text{};
    const auto length =
        std::snprintf(text.data(), text.size(), ms < most_with_tenths ? "%.1f ms" : "%.0f ms", ms);
    return {text.data(), static_cast<std::size_t>(length)};
}

void add_percentiles(std::vector<table_cell>& to, const read::percentiles& of, words colour) {
    for (const auto ms : {of.p50_ms, of.p90_ms, of.p99_ms}) {
        to.push_back({of.count == 0 ? "-" : shown_ms(ms), colour});
    }
}

void write_summary(const read::latency_row& total, printer& out, const screen& to) {
    using enum column::side;
    table made{out, to, {{"", left}, {"answers", right}, {"p50", right}, {"p90", right}, {"p99", right}}};
    for (const auto& one : waitings) {
        const auto& times = total.*(one.times);
        std::vector<table_cell> cells{{std::string{one.name}, to.look.dim()},
                                      {grouped(static_cast<std::int64_t>(times.count))}};
        add_percentiles(cells, times, words{""});
        made.add(std::move(cells));
    }
    made.finish();
}

class latency_table {
public:
    latency_table(const std::vector<const read::latency_column*>& by, printer& out, const screen& to)
        : by_{by}, to_{to}, titles_{titles()}, table_{out, to, columns()} {}

    void add(const read::latency_row& row, bool total) {
        const auto colour = total ? to_.look.bold() : words{""};
        std::vector<table_cell> cells;
        for (std::size_t place = 0; place < by_.size(); ++place) {
            auto value = total ? std::string{place == 0 ? "all" : ""} : one_line(row.key[place].second);
            cells.push_back({value.empty() && !total ? "-" : std::move(value), colour});
        }
        cells.push_back({grouped(static_cast<std::int64_t>(row.first_byte.count)), colour});
        for (const auto& one : waitings) {
            add_percentiles(cells, row.*(one.times), colour);
        }
        table_.add(std::move(cells));
    }

    void finish() { table_.finish(); }

private:
    static std::vector<std::string> titles() {
        std::vector<std::string> made;
        for (const auto& one : waitings) {
            for (const auto* const part : {" p50", " p90", " p99"}) {
                made.push_back(std::string{one.short_name} + part);
            }
        }
        return made;
    }

    std::vector<table_column> columns() const {
        using enum column::side;
        // In a narrow window p90 goes first, then what stands for single tokens.
        constexpr std::array ranks{0, 7, 4, 2, 8, 5, 3, 9, 6};
        std::vector<table_column> made;
        made.reserve(by_.size() + 1 + titles_.size());
        for (const auto* const one : by_) {
            made.push_back({one->name, left, 40});
        }
        made.push_back({"answers", right, 0, 1});
        for (std::size_t i = 0; i < titles_.size(); ++i) {
            made.push_back({titles_[i], right, 0, ranks.at(i)});
        }
        return made;
    }

    const std::vector<const read::latency_column*>& by_;
    const screen& to_;
    const std::vector<std::string> titles_;
    table table_;
};

void write_json(const read::latency& found, bool rows, printer& out) {
    for (const auto& row : found.rows) {
        if (rows) {
            out.json(read::dumped(read::latency_row_json(row)));
        }
    }
    auto total = read::latency_row_json(found.total);
    total["type"] = "total";
    total["looked_at"] = found.looked_at;
    total["looked_back_to"] = read::moment_json(found.oldest_seen_us);
    total["complete"] = found.complete;
    out.json(read::dumped(total));
}

}  // namespace

int show_latency(const config::settings& settings, const usage_request& options, printer& out, printer& err) {
    const auto by = columns_of(options.by);
    auto choice = latency_choice_of(options);
    open_record record{settings};
    auto& from = record.from();
    if (!options.session.empty()) {
        choice.sessions = find_sessions(from, options.session);
    }
    const auto found = read::latency_by(from, by, choice);
    if (found.total.first_byte.count == 0) {
        err << "tapes: no answer was recorded whole that this would count\n";
        return 1;
    }
    const auto to = screen_of(out, options.screen);
    const pager reader{out, options.screen};
    if (options.json) {
        write_json(found, !by.empty(), out);
        return 0;
    }
    if (by.empty()) {
        write_summary(found.total, out, to);
    } else {
        latency_table rows{by, out, to};
        for (const auto& row : found.rows) {
            rows.add(row, false);
        }
        rows.add(found.total, true);
        rows.finish();
    }
    if (!found.complete) {
        out << to.look.yellow() << "of the newest " << grouped(static_cast<std::int64_t>(found.looked_at))
            << " exchanges, back to " << shown_moment(found.oldest_seen_us) << to.look.plain() << "\n";
    }
    return 0;
}

}  // namespace tapes::app
