#include "access/open_record.hpp"
#include "commands/moments.hpp"
#include "screen/figures.hpp"
#include "screen/pager.hpp"
#include "screen/screen.hpp"
#include "screen/table.hpp"

#include <tapes/app/reading.hpp>
#include <tapes/catalogue/names.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/usage.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tapes::app {

namespace {

constexpr std::size_t page_of_sessions = 100;
constexpr std::size_t short_name = 8;

catalogue::session_filter filter_of(const session_list& options) {
    catalogue::session_filter filter;
    filter.since_us = moment_flag("--since", options.since);
    filter.until_us = moment_flag("--until", options.until);
    filter.project = options.project;
    filter.agent_name = options.agent;
    filter.client = options.client;
    filter.provider = options.provider;
    filter.model = options.model;
    filter.caller = options.caller;
    filter.name_prefix = options.session;
    filter.title_part = options.title;
    filter.errors = options.errors;
    return filter;
}

/// As `ls -l` tells times: those of this year without it, others without the time of day.
std::string short_moment(std::int64_t us, std::string_view this_year) {
    const auto text = shown_moment(us);
    return text.starts_with(this_year) ? text.substr(5, 5) + " " + text.substr(11, 5) : text.substr(0, 10);
}

/// A model's name without the date behind it.
std::string without_date(const std::string& model) {
    constexpr std::size_t size = 9;  // -20250929
    if (model.size() <= size) {
        return model;
    }
    const auto end = std::string_view{model}.substr(model.size() - size);
    const bool date = end.front() == '-' && std::ranges::all_of(end.substr(1), text::is_digit);
    return date ? model.substr(0, model.size() - size) : model;
}

/// As much of a session's name as tells it from all others.
std::string unique_name(catalogue::reader& from, const std::string& name) {
    for (auto size = short_name; size < name.size(); size += 4) {
        if (from.count_names(std::string_view{name}.substr(0, size)) < 2) {
            return name.substr(0, size);
        }
    }
    return name;
}

/// How the newest exchange ended, and how many failed before.
std::string state_of(const catalogue::session& one) {
    if (one.last != catalogue::outcome::complete) {
        return std::string{catalogue::to_string(one.last)};
    }
    return one.errors == 0 ? "ok" : "ok (" + std::to_string(one.errors) + ")";
}

words state_colour(const style& look, catalogue::outcome state) {
    return state == catalogue::outcome::error      ? look.red()
           : state == catalogue::outcome::complete ? look.green()
                                                   : look.yellow();
}

std::vector<table_column> session_columns() {
    using enum column::side;
    return {{"last (UTC)"},         {"session", left, 24},   {"model", left, 20, 3},
            {"turns", right, 0, 1}, {"tokens", right, 0, 4}, {"cache", right, 0, 5},
            {"cost", right, 0, 2},  {"state", left, 0, 1},   {"title"}};
}

class session_writer {
public:
    session_writer(open_record& record, const session_list& options, printer& out, const screen& to)
        : record_{record}, options_{options}, out_{out}, look_{to.look}, rows_{out, to, session_columns()} {
        using namespace std::chrono;
        this_year_ = shown_moment(duration_cast<microseconds>(system_clock::now().time_since_epoch()).count())
                         .substr(0, 5);
    }

    void write(const std::vector<catalogue::session>& page) {
        std::vector<std::int64_t> ids;
        ids.reserve(page.size());
        std::ranges::transform(page, std::back_inserter(ids), &catalogue::session::id);
        auto used = read::usage_of_sessions(*record_.from().catalogue, record_.prices(), ids);
        for (const auto& one : page) {
            const auto& price = used[one.id].price;
            if (options_.json) {
                out_.json(read::dumped(read::session_json(one, price)));
            } else {
                rows_.add(row_of(one, price));
            }
        }
    }
    void finish() {
        if (!options_.json) {
            rows_.finish();
        }
    }

private:
    std::vector<table_cell> row_of(const catalogue::session& one, const read::cost& price) {
        const auto& tokens = one.tokens;
        return {{short_moment(one.last_at_us, this_year_), look_.dim()},
                {one_line(unique_name(*record_.from().catalogue, one.name)), look_.yellow()},
                {one_line(without_date(one.model))},
                {std::to_string(one.turns)},
                {short_count(tokens.context() + tokens.output)},
                {share_of(tokens.cache_read, tokens.context())},
                {dollars(price)},
                {state_of(one), state_colour(look_, one.last)},
                {one_line(one.title)}};
    }

    open_record& record_;
    const session_list& options_;
    printer& out_;
    const style& look_;
    table rows_;
    std::string this_year_;
};

}  // namespace

int list_sessions(const config::settings& settings, const session_list& options, printer& out, printer& err) {
    const auto filter = filter_of(options);
    open_record record{settings};
    auto& from = *record.from().catalogue;
    auto left = options.limit == 0 ? std::numeric_limits<std::size_t>::max() : options.limit;
    auto page = from.sessions(filter, std::min(left, page_of_sessions));
    if (page.empty()) {
        err << "tapes: there is no such session\n";
        return 1;
    }
    const auto to = screen_of(out, options.screen);
    const pager reader{out, options.screen};
    session_writer rows{record, options, out, to};
    while (!page.empty() && !out.gone()) {
        rows.write(page);
        left -= page.size();
        const catalogue::session_place last{page.back().last_at_us, page.back().id};
        page = from.sessions(filter, std::min(left, page_of_sessions), last);
    }
    rows.finish();
    return 0;
}

}  // namespace tapes::app
