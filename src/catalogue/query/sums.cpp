#include "pass/values.hpp"
#include "query/reader_impl.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>

namespace tapes::catalogue {

namespace {

/// A day as it stands in columns, from `2026-01-31`; nothing where it is none.
std::optional<std::int64_t> day_number(const std::string& text) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    if (std::sscanf(text.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) {  // NOLINT(cert-err34-c)
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                           std::chrono::day{day}};
    return date.ok() ? std::optional<std::int64_t>{std::chrono::sys_days{date}.time_since_epoch().count()}
                     : std::nullopt;
}

std::string day_text(std::int64_t number) {
    const std::chrono::year_month_day date{
        std::chrono::sys_days{std::chrono::days{static_cast<std::chrono::days::rep>(number)}}};
    char text[32];
    (void)std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

/// Adds what the filter says. False where nothing can match.
bool add_usage_filter(reader::impl& from, const usage_filter& filter, bool by_session, chosen& to) {
    if (filter.sessions.empty()) {
        to.add(by_session ? "session > ?" : "session = ?", std::int64_t{0});
    } else {
        std::string places = "session IN (";
        for (std::size_t i = 0; i < filter.sessions.size(); ++i) {
            places += i == 0 ? "?" : ",?";
        }
        to.add(places + ")", filter.sessions.front());
        to.values.insert(to.values.end(), filter.sessions.begin() + 1, filter.sessions.end());
    }
    if (!filter.since_day.empty()) {
        const auto day = day_number(filter.since_day);
        if (!day) {
            return false;
        }
        to.add("day >= ?", *day);
    }
    if (!filter.until_day.empty()) {
        const auto day = day_number(filter.until_day);
        if (!day) {
            return false;
        }
        to.add("day <= ?", *day);
    }
    using member = std::string usage_filter::*;
    constexpr std::pair<const char*, member> names[] = {{"project = ?", &usage_filter::project},
                                                        {"agent = ?", &usage_filter::agent_name},
                                                        {"provider = ?", &usage_filter::provider},
                                                        {"model = ?", &usage_filter::model}};
    for (const auto& [condition, part] : names) {
        if (const auto& wanted = filter.*part; !wanted.empty()) {
            const auto id = from.id_of(wanted);
            if (id == 0) {
                return false;
            }
            to.add(condition, id);
        }
    }
    return true;
}

constexpr std::size_t most_sessions_at_once = 500;

/// Calls `ask` with the filter as a whole, or for so many sessions at once as a statement takes.
template <class Ask>
void for_sessions(const usage_filter& filter, Ask&& ask) {
    if (filter.sessions.size() <= most_sessions_at_once) {
        ask(filter);
        return;
    }
    auto part = filter;
    for (std::size_t at = 0; at < filter.sessions.size(); at += most_sessions_at_once) {
        const auto end = std::min(filter.sessions.size(), at + most_sessions_at_once);
        part.sessions.assign(filter.sessions.begin() + static_cast<std::ptrdiff_t>(at),
                             filter.sessions.begin() + static_cast<std::ptrdiff_t>(end));
        ask(part);
    }
}

/// Puts sums of the same key together, in the order of their keys.
template <class Sum, class Key, class Add>
void merge(std::vector<Sum>& sums, Key&& key, Add&& add) {
    std::ranges::stable_sort(sums, {}, key);
    std::vector<Sum> merged;
    for (auto& one : sums) {
        if (!merged.empty() && key(merged.back()) == key(one)) {
            add(merged.back(), one);
        } else {
            merged.push_back(std::move(one));
        }
    }
    sums = std::move(merged);
}

struct usage_column {
    const char* name;
    bool usage_parts::*asked;
};
constexpr usage_column usage_columns[] = {
    {"day", &usage_parts::day},          {"project", &usage_parts::project},
    {"agent", &usage_parts::agent_name}, {"provider", &usage_parts::provider},
    {"model", &usage_parts::model},      {"response_model", &usage_parts::response_model},
    {"session", &usage_parts::session},  {"context", &usage_parts::context}};

}  // namespace

std::vector<usage_sum> reader::impl::usage(const usage_parts& by, const usage_filter& filter) {
    std::string columns;
    std::string group;
    for (const auto& [name, asked] : usage_columns) {
        columns += by.*asked ? std::string{name} + ", " : "0, ";
        group += by.*asked ? (group.empty() ? " GROUP BY " : ", ") + std::string{name} : "";
    }
    const auto sql = "SELECT " + columns +
                     "sum(exchanges), sum(turns), sum(errors), sum(dropped), sum(without_usage),"
                     " sum(input), sum(cache_read), sum(cache_write), sum(cache_write_5m),"
                     " sum(cache_write_1h), sum(output), sum(reasoning) FROM " +
                     (by.session || !filter.sessions.empty() ? "session_usage" : "usage");
    std::vector<usage_sum> found;
    std::vector<std::array<std::int64_t, 6>> names;
    for_sessions(filter, [&](const usage_filter& part) {
        chosen rest;
        if (!add_usage_filter(*this, part, by.session, rest)) {
            return;
        }
        auto& row = query(sql + rest.where + group, rest.values);
        const sqlite::reset_at_end guard{row};
        while (row.step()) {
            auto& made = found.emplace_back();
            names.push_back({row.integer_at(0), row.integer_at(1), row.integer_at(2), row.integer_at(3),
                             row.integer_at(4), row.integer_at(5)});
            made.key.session = row.integer_at(6);
            made.key.context_above = row.integer_at(7);
            int at = 8;
            for (auto* const count :
                 {&made.exchanges, &made.turns, &made.errors, &made.dropped, &made.without_usage}) {
                *count = static_cast<std::uint64_t>(std::max<std::int64_t>(row.integer_at(at++), 0));
            }
            made.tokens = tokens_at(row, at);
        }
    });
    for (std::size_t i = 0; i < found.size(); ++i) {
        auto& key = found[i].key;
        key.day = by.day ? day_text(names[i][0]) : std::string{};
        key.project = name(names[i][1]);
        key.agent_name = name(names[i][2]);
        key.provider = name(names[i][3]);
        key.model = name(names[i][4]);
        key.response_model = name(names[i][5]);
    }
    merge(
        found, [](const usage_sum& one) -> const usage_key& { return one.key; },
        [](usage_sum& to, const usage_sum& more) {
            to.tokens += more.tokens;
            to.exchanges += more.exchanges;
            to.turns += more.turns;
            to.errors += more.errors;
            to.dropped += more.dropped;
            to.without_usage += more.without_usage;
        });
    // What an amendment took back leaves rows of zeros.
    std::erase_if(found, [](const usage_sum& one) { return one.exchanges == 0 && one.turns == 0; });
    return found;
}

std::vector<tool_sum> reader::impl::tools(bool by_day, const usage_filter& filter) {
    const std::string day = by_day ? "day" : "0";
    const auto sql =
        "SELECT tool, " + day + ", sum(calls), sum(errors), sum(argument_bytes), sum(result_bytes) FROM tool";
    std::vector<tool_sum> found;
    std::vector<std::pair<std::int64_t, std::int64_t>> names;
    for_sessions(filter, [&](const usage_filter& part) {
        chosen rest;
        if (!add_usage_filter(*this, part, false, rest)) {
            return;
        }
        auto& row = query(sql + rest.where + " GROUP BY tool" + (by_day ? ", day" : ""), rest.values);
        const sqlite::reset_at_end guard{row};
        while (row.step()) {
            auto& made = found.emplace_back();
            names.emplace_back(row.integer_at(0), row.integer_at(1));
            int at = 2;
            for (auto* const count : {&made.calls, &made.errors, &made.argument_bytes, &made.result_bytes}) {
                *count = static_cast<std::uint64_t>(row.integer_at(at++));
            }
        }
    });
    for (std::size_t i = 0; i < found.size(); ++i) {
        found[i].tool = name(names[i].first);
        found[i].day = by_day ? day_text(names[i].second) : std::string{};
    }
    merge(
        found,
        [](const tool_sum& one) {
            return std::pair{std::string_view{one.day}, std::string_view{one.tool}};
        },
        [](tool_sum& to, const tool_sum& more) {
            to.calls += more.calls;
            to.errors += more.errors;
            to.argument_bytes += more.argument_bytes;
            to.result_bytes += more.result_bytes;
        });
    return found;
}

std::vector<usage_sum> reader::usage(const usage_parts& by, const usage_filter& filter) {
    return impl_->reading([&] { return impl_->usage(by, filter); });
}

std::vector<tool_sum> reader::tools(bool by_day, const usage_filter& filter) {
    return impl_->reading([&] { return impl_->tools(by_day, filter); });
}

}  // namespace tapes::catalogue
