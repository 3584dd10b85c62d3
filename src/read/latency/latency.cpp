#include "prices/day.hpp"

#include <tapes/catalogue/token_sums.hpp>
#include <tapes/read/latency.hpp>
#include <tapes/read/sources.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <unordered_set>
#include <utility>

namespace tapes::read {

namespace {

constexpr std::size_t rows_at_once = 4096;
constexpr std::int64_t day_us = std::int64_t{86'400} * 1'000'000;

using store::exchange_times;

struct waiting_times {
    std::vector<double> first_byte, whole, token;
};

/// Whether exchanges are of the choice. Texts are compared by their numbers, each of which is looked at once.
class chooser {
public:
    chooser(sources& from, const latency_choice& choice) : from_{from}, choice_{choice} {
        for (const auto session : choice.sessions.value_or(std::vector<std::int64_t>{})) {
            add_newest(session);
        }
    }

    bool takes(const exchange_times& one) {
        return (!choice_.sessions || of_sessions_.contains(one.seq)) &&
               (!choice_.since_us || one.accepted_at_us >= *choice_.since_us) &&
               (!choice_.until_us || one.accepted_at_us < *choice_.until_us) &&
               one.session.starts_with(choice_.session) && is(choice_.api, one.api) &&
               is(choice_.provider, one.provider) && is(choice_.model, one.model) &&
               is(choice_.agent, one.agent) && is(choice_.project, one.project);
    }

private:
    /// No more of a session can be looked at than of all.
    void add_newest(std::int64_t session) {
        const auto newest = from_.catalogue->exchanges_before(
            session, std::numeric_limits<std::int64_t>::max(), choice_.looked_at);
        of_sessions_.insert(newest.begin(), newest.end());
    }

    bool is(const std::string& wanted, std::int64_t number) {
        if (wanted.empty()) {
            return true;
        }
        auto found = known_.find({&wanted, number});
        if (found == known_.end()) {
            found = known_.emplace(std::pair{&wanted, number}, from_.text(number) == wanted).first;
        }
        return found->second;
    }

    sources& from_;
    const latency_choice& choice_;
    std::unordered_set<std::int64_t> of_sessions_;
    std::map<std::pair<const std::string*, std::int64_t>, bool> known_;
};

double ms_between(std::int64_t from_us, std::int64_t to_us) {
    constexpr double us_in_ms = 1000;
    return static_cast<double>(std::max<std::int64_t>(to_us - from_us, 0)) / us_in_ms;
}

void add(waiting_times& to, const exchange_times& one) {
    to.first_byte.push_back(ms_between(one.accepted_at_us, one.first_byte_at_us));
    if (one.last_byte_at_us == 0) {
        return;
    }
    to.whole.push_back(ms_between(one.accepted_at_us, one.last_byte_at_us));
    const auto used = catalogue::tokens_of(one.used);
    const auto tokens = used ? used->output : 0;
    if (one.streamed && tokens > 1) {
        to.token.push_back(ms_between(one.first_byte_at_us, one.last_byte_at_us) /
                           static_cast<double>(tokens - 1));
    }
}

void add(waiting_times& to, const waiting_times& from) {
    for (const auto times : {&waiting_times::first_byte, &waiting_times::whole, &waiting_times::token}) {
        (to.*times).insert((to.*times).end(), (from.*times).begin(), (from.*times).end());
    }
}

percentiles percentiles_of(std::vector<double>& times) {
    percentiles made;
    made.count = times.size();
    if (times.empty()) {
        return made;
    }
    auto end = times.end();
    // From the highest one down, each among those below the one before.
    const auto at = [&](double part) {
        const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(times.size())));
        const auto place =
            times.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, times.size()) - 1);
        if (place < end) {
            std::nth_element(times.begin(), place, end);
            end = place;
        }
        return *place;
    };
    made.p99_ms = at(0.99);
    made.p90_ms = at(0.9);
    made.p50_ms = at(0.5);
    return made;
}

latency_row row_of(waiting_times& from) {
    return {{}, percentiles_of(from.first_byte), percentiles_of(from.whole), percentiles_of(from.token)};
}

/// Waiting times by what is told apart: numbers of strings, and of days since the epoch.
class time_groups {
public:
    explicit time_groups(const std::vector<const latency_column*>& columns)
        : columns_{columns}, key_(columns.size()) {}

    waiting_times& of(const exchange_times& one) {
        for (std::size_t place = 0; place < columns_.size(); ++place) {
            const auto* const column = columns_[place];
            key_[place] = column->text == nullptr ? one.accepted_at_us / day_us : one.*(column->text);
        }
        if (latest_ == groups_.end() || latest_->first != key_) {
            latest_ = groups_.try_emplace(key_).first;
        }
        return latest_->second;
    }

    /// The rows in the order of their keys, and the sum of all.
    void finish(sources& from, latency& to) {
        waiting_times all;
        for (auto& [key, times] : groups_) {
            add(all, times);
            auto& row = to.rows.emplace_back(row_of(times));
            for (std::size_t place = 0; place < columns_.size(); ++place) {
                const auto* const column = columns_[place];
                row.key.emplace_back(column->name, column->text == nullptr ? day_of(key[place] * day_us)
                                                                           : from.text(key[place]));
            }
        }
        std::ranges::sort(to.rows, {}, &latency_row::key);
        to.total = row_of(all);
    }

private:
    using group_map = std::map<std::vector<std::int64_t>, waiting_times>;

    const std::vector<const latency_column*>& columns_;
    std::vector<std::int64_t> key_;
    group_map groups_;
    group_map::iterator latest_ = groups_.end();
};

/// Rows of the log among which all that were accepted in the time of the choice stand, the newest first: what
/// is behind the catalogue may have been accepted at any time.
std::vector<catalogue::row_range> places_of(sources& from, const latency_choice& choice) {
    const auto behind = from.last_exchange() + 1;
    const auto known =
        from.catalogue ? std::min(static_cast<std::int64_t>(from.catalogue->seq()) + 1, behind) : 1;
    std::vector<catalogue::row_range> made{{known, behind}};
    if (from.catalogue) {
        for (const auto& one : from.catalogue->exchanges_accepted(choice.since_us, choice.until_us)) {
            made.push_back({one.first, std::min(one.behind, known)});
        }
    }
    return made;
}

/// What stands in rows of the log, looked at within a budget.
class log_rows {
public:
    log_rows(sources& from, const latency_choice& choice, latency& made, time_groups& groups)
        : from_{from}, choice_{choice}, chosen_{from, choice}, made_{made}, groups_{groups} {}

    /// Looks at rows, the newest first. Returns false where the budget ends before all were looked at.
    bool look_at(const catalogue::row_range& rows) {
        auto end = rows.behind;
        while (end > rows.first) {
            const auto left = choice_.looked_at - made_.looked_at;
            if (left == 0) {
                return false;
            }
            const auto some = static_cast<std::int64_t>(std::min<std::uint64_t>(rows_at_once, left));
            const auto first = std::max(end - some, rows.first);
            from_.visit_times(first, end, [this](const exchange_times& one) { take(one); });
            end = first;
        }
        return true;
    }

private:
    void take(const exchange_times& one) {
        ++made_.looked_at;
        made_.oldest_seen_us = made_.oldest_seen_us == 0 ? one.accepted_at_us
                                                         : std::min(made_.oldest_seen_us, one.accepted_at_us);
        // What is broken off, or was refused, says nothing of how long answers take.
        if (one.whole && one.first_byte_at_us != 0 && chosen_.takes(one)) {
            add(groups_.of(one), one);
        }
    }

    sources& from_;
    const latency_choice& choice_;
    chooser chosen_;
    latency& made_;
    time_groups& groups_;
};

}  // namespace

latency latency_by(sources& from, const std::vector<const latency_column*>& columns,
                   const latency_choice& choice) {
    latency made;
    time_groups groups{columns};
    log_rows rows{from, choice, made, groups};
    const auto places = places_of(from, choice);
    made.complete = std::ranges::all_of(places, [&](const auto& one) { return rows.look_at(one); });
    groups.finish(from, made);
    return made;
}

}  // namespace tapes::read
