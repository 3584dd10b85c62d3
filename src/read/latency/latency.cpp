#include "prices/day.hpp"

#include <tapes/read/latency.hpp>
#include <tapes/read/sources.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace tapes::read {

namespace {

constexpr std::size_t rows_at_once = 256;
/// Exchanges stand in the log in the order in which they ended: one that ended may have begun so long before
/// its neighbours.
constexpr std::int64_t longest_exchange_us = std::int64_t{3600} * 1'000'000;

struct waiting_times {
    std::vector<double> first_byte, whole, token;
};

bool takes(const latency_choice& choice, const exchange& one) {
    const auto is = [](const std::string& wanted, const std::string& given) {
        return wanted.empty() || wanted == given;
    };
    return (!choice.since_us || one.accepted_at_us >= *choice.since_us) &&
           (!choice.until_us || one.accepted_at_us < *choice.until_us) &&
           one.session.starts_with(choice.session) && is(choice.api, one.api) &&
           is(choice.provider, one.provider) && is(choice.model, one.model) &&
           is(choice.agent, one.agent_name) && is(choice.project, one.project);
}

/// What is broken off, or was refused, says nothing of how long answers take.
bool is_answered(const exchange& one) {
    return one.drop_reason.empty() && one.end_reason == "complete" && one.first_byte_at_us != 0;
}

double ms_between(std::int64_t from_us, std::int64_t to_us) {
    constexpr double us_in_ms = 1000;
    return static_cast<double>(std::max<std::int64_t>(to_us - from_us, 0)) / us_in_ms;
}

void add(waiting_times& to, const exchange& one) {
    to.first_byte.push_back(ms_between(one.accepted_at_us, one.first_byte_at_us));
    if (one.last_byte_at_us == 0) {
        return;
    }
    to.whole.push_back(ms_between(one.accepted_at_us, one.last_byte_at_us));
    const auto tokens = one.tokens ? one.tokens->output : 0;
    if (one.streamed && tokens > 1) {
        to.token.push_back(ms_between(one.first_byte_at_us, one.last_byte_at_us) /
                           static_cast<double>(tokens - 1));
    }
}

percentiles percentiles_of(std::vector<double>& times) {
    percentiles made;
    made.count = times.size();
    if (times.empty()) {
        return made;
    }
    std::ranges::sort(times);
    const auto at = [&](double part) {
        const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(times.size())));
        return times[std::clamp<std::size_t>(rank, 1, times.size()) - 1];
    };
    made.p50_ms = at(0.5);
    made.p90_ms = at(0.9);
    made.p99_ms = at(0.99);
    return made;
}

latency_row row_of(waiting_times& from) {
    return {{}, percentiles_of(from.first_byte), percentiles_of(from.whole), percentiles_of(from.token)};
}

std::vector<std::string> key_of(const std::vector<const latency_column*>& columns, const exchange& one) {
    std::vector<std::string> key;
    key.reserve(columns.size());
    for (const auto* const column : columns) {
        key.push_back(column->text == nullptr ? day_of(one.accepted_at_us) : one.*(column->text));
    }
    return key;
}

/// Where to begin: behind what was accepted before `until_us`, which the order of the log finds, unless the
/// clock was set back.
std::int64_t end_of(sources& from, const latency_choice& choice) {
    const auto end = from.last_exchange() + 1;
    if (!choice.until_us) {
        return end;
    }
    std::int64_t low = 1;
    std::int64_t high = end;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto next = from.exchanges_from(middle, 1);
        const bool before =
            !next.empty() && next.front().accepted_at_us < *choice.until_us + longest_exchange_us;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return high;
}

}  // namespace

latency latency_by(sources& from, const std::vector<const latency_column*>& columns,
                   const latency_choice& choice) {
    latency made;
    std::map<std::vector<std::string>, waiting_times> groups;
    waiting_times all;
    auto end = end_of(from, choice);
    bool older = true;
    while (end > 1 && older && made.looked_at < choice.looked_at) {
        const auto rows = std::min(rows_at_once, choice.looked_at - made.looked_at);
        const auto first = std::max<std::int64_t>(end - static_cast<std::int64_t>(rows), 1);
        const auto some = from.exchanges_from(first, static_cast<std::size_t>(end - first));
        older = some.empty() || !choice.since_us;
        for (const auto& one : some) {
            if (one.seq >= end) {
                continue;
            }
            older = older || one.accepted_at_us >= *choice.since_us - longest_exchange_us;
            made.oldest_seen_us = made.oldest_seen_us == 0
                                      ? one.accepted_at_us
                                      : std::min(made.oldest_seen_us, one.accepted_at_us);
            if (!takes(choice, one) || !is_answered(one)) {
                continue;
            }
            add(groups[key_of(columns, one)], one);
            add(all, one);
        }
        made.looked_at += static_cast<std::uint64_t>(end - first);
        end = first;
    }
    made.complete = end <= 1 || !older;
    for (auto& [key, times] : groups) {
        auto& row = made.rows.emplace_back(row_of(times));
        for (std::size_t place = 0; place < columns.size(); ++place) {
            row.key.emplace_back(columns[place]->name, key[place]);
        }
    }
    made.total = row_of(all);
    return made;
}

}  // namespace tapes::read
