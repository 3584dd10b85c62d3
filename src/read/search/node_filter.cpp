#include "search/node_filter.hpp"

#include <tapes/read/ids.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>

namespace tapes::read {

namespace {

/// So many sessions, and runs of their nodes, are looked through instead of all nodes.
constexpr std::size_t most_sessions = 256;
constexpr std::size_t most_runs = 50'000;
/// So many sessions may be meant by a beginning of their names.
constexpr std::size_t most_named = 256;
/// Nodes wait for their commit, and clocks are set back, by no more than this.
constexpr std::int64_t clock_slack_us = 3'600'000'000;
constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();

/// Whether conditions of one key let something through: one of the wanted must hold, and none of the others.
template <class Conditions, class Holds>
bool all_hold(const Conditions& conditions, Holds&& holds) {
    bool wanted = false;
    bool found = false;
    for (const auto* const one : conditions) {
        const bool held = holds(*one);
        if (one->negated && held) {
            return false;
        }
        wanted = wanted || !one->negated;
        found = found || (!one->negated && held);
    }
    return !wanted || found;
}

std::optional<catalogue::used_name> used_name_of(search_key key) {
    switch (key) {
        case search_key::project:
            return catalogue::used_name::project;
        case search_key::agent:
            return catalogue::used_name::agent;
        case search_key::provider:
            return catalogue::used_name::provider;
        case search_key::model:
            return catalogue::used_name::model;
        case search_key::tool:
            return catalogue::used_name::tool;
        default:
            return std::nullopt;
    }
}

void sort_unique(std::vector<std::int64_t>& ids) {
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

node_filter::node_filter(sources& from, const std::vector<search_condition>& all)
    : from_{from}, places_{*from.catalogue} {
    sort_conditions(all);
    find_sessions();
    if (problem_.empty()) {
        bound_by_sessions();
        bound_by_times();
    }
}

void node_filter::sort_conditions(const std::vector<search_condition>& all) {
    for (const auto& one : all) {
        switch (one.key) {
            case search_key::since:
            case search_key::until:
                times_.push_back(&one);
                break;
            case search_key::tool:
                tools_.push_back(&one);
                break;
            case search_key::error:
                errors_.push_back(&one);
                break;
            case search_key::fork:
                forks_.push_back(&one);
                break;
            case search_key::session:
                session_names_.push_back(&one);
                break;
            default:
                names_.push_back(&one);
        }
    }
    std::ranges::stable_sort(names_, {}, &search_condition::key);
}

std::vector<std::int64_t> node_filter::sessions_named(const std::string& name) {
    std::vector<std::int64_t> found;
    if (name.starts_with('@')) {
        for (const auto& one : find_named(from_, name)) {
            found.push_back(one.id);
        }
        return found;
    }
    const auto sessions = from_.catalogue->sessions_by_name(name, most_named + 1);
    for (const auto& one : sessions) {
        if (one.name == name) {
            found.push_back(one.id);  // of several projects
        }
    }
    if (found.empty()) {
        std::ranges::transform(sessions, std::back_inserter(found), &catalogue::session::id);
    }
    if (found.size() > most_named) {
        problem_ = "session:" + name + " may mean more than " + std::to_string(most_named) +
                   " sessions; write more of the name";
    }
    return found;
}

void node_filter::find_sessions() {
    for (const auto* const one : session_names_) {
        const auto found = sessions_named(one->value);
        auto& to = one->negated ? other_sessions_ : sessions_;
        to.insert(to.end(), found.begin(), found.end());
        bounded_ = bounded_ || !one->negated;
    }
    sort_unique(sessions_);
    sort_unique(other_sessions_);
}

/// Takes the nodes of few sessions that have what is asked for, if there is such a condition.
void node_filter::bound_by_sessions() {
    if (bounded_) {
        take_runs(sessions_);
        return;
    }
    std::optional<std::vector<std::int64_t>> fewest;
    const auto take = [&](std::optional<std::vector<std::int64_t>> some) {
        if (some && (!fewest || some->size() < fewest->size())) {
            fewest = std::move(some);
        }
    };
    for (std::size_t key = 0; key <= static_cast<std::size_t>(search_key::tool); ++key) {
        const auto what = used_name_of(static_cast<search_key>(key));
        std::optional<std::vector<std::int64_t>> all{std::in_place};
        bool wanted = false;
        for (const auto* const list : {&names_, &tools_}) {
            for (const auto* const one : *list) {
                if (!what || one->negated || one->key != static_cast<search_key>(key) || !all) {
                    continue;
                }
                wanted = true;
                const auto some = places_.sessions_with(*what, one->value, most_sessions);
                some ? (void)all->insert(all->end(), some->begin(), some->end()) : all.reset();
            }
        }
        take(wanted ? std::move(all) : std::nullopt);
    }
    if (std::ranges::any_of(errors_, std::not_fn(&search_condition::negated))) {
        take(places_.sessions_with_errors(most_sessions));
    }
    if (fewest) {
        bounded_ = true;
        sort_unique(*fewest);
        take_runs(*fewest);
    }
}

void node_filter::take_runs(const std::vector<std::int64_t>& sessions) {
    std::size_t left = most_runs;
    const bool may_stop = sessions_.empty();
    for (const auto session : sessions) {
        const auto some = places_.runs(session, may_stop ? left + 1 : static_cast<std::size_t>(no_end));
        if (may_stop && some.size() > left) {
            bounded_ = false;
            runs_.clear();
            return;
        }
        left -= std::min(left, some.size());
        for (const auto& one : some) {
            runs_.push_back({one.first, one.last});
        }
    }
    std::ranges::sort(runs_, {}, &run::first);
    std::vector<run> merged;
    for (const auto& one : runs_) {
        if (!merged.empty() && one.first <= merged.back().last + 1) {
            merged.back().last = std::max(merged.back().last, one.last);
        } else {
            merged.push_back(one);
        }
    }
    runs_ = std::move(merged);
}

/// Nodes follow the times at which they were committed; those that came without exchanges may be older.
void node_filter::bound_by_times() {
    for (const auto* const one : times_) {
        const bool since = one->key == search_key::since;
        if (one->negated) {
            continue;
        }
        if (since) {
            const auto found = from_.chains.first_node_since(one->at_us - clock_slack_us);
            first_ = std::max(first_, found.value_or(1));
        } else if (const auto end = from_.chains.first_node_since(one->at_us + clock_slack_us);
                   end && !bounded_) {
            bounded_ = true;
            runs_.push_back({1, *end - 1});
            const auto bare = places_.bare_runs(*end - 1, most_runs);
            for (const auto& more : bare) {
                runs_.push_back({std::max(more.first, *end), more.last});
            }
            if (bare.size() == most_runs) {
                runs_.push_back({bare.back().last + 1, no_end});
            }
        }
    }
}

std::int64_t node_filter::newest_in_runs(std::int64_t last) const {
    if (!bounded_) {
        return last;
    }
    const auto behind = std::ranges::upper_bound(runs_, last, {}, &run::first);
    return behind == runs_.begin() ? 0 : std::min(last, (behind - 1)->last);
}

std::int64_t node_filter::newest(std::int64_t last) {
    auto node = newest_in_runs(last);
    const bool branches = std::ranges::any_of(forks_, std::not_fn(&search_condition::negated));
    constexpr int most_steps = 1000;  // what is left is seen one by one
    for (int step = 0; branches && node > 0 && step < most_steps; ++step) {
        const auto branch = places_.branch_below(node);
        if (branch == node) {
            break;
        }
        node = newest_in_runs(branch);
    }
    return node < first_ ? 0 : node;
}

bool node_filter::row_matches(std::int64_t node) {
    const auto row = from_.chains.row(node);
    if (!row) {
        return false;
    }
    for (const auto* const one : times_) {
        const bool since = one->key == search_key::since;
        const bool holds = since ? row->created_at_us >= one->at_us : row->created_at_us < one->at_us;
        if (holds == one->negated) {
            return false;
        }
    }
    const auto holds = [&](const search_condition& one) {
        switch (one.key) {
            case search_key::model:
                return row->model == one.value;
            case search_key::provider:
                return row->provider == one.value;
            case search_key::project:
                return row->project == one.value;
            case search_key::role:
                return row->role == one.value;
            default: {
                const auto& place = place_of(node);
                return place ? place->agent_name == one.value : row->agent_name == one.value;
            }
        }
    };
    for (auto at = names_.begin(); at != names_.end();) {
        const auto end =
            std::find_if(at, names_.end(), [&](const auto* one) { return one->key != (*at)->key; });
        if (!all_hold(conditions{at, end}, holds)) {
            return false;
        }
        at = end;
    }
    return true;
}

bool node_filter::chooses(std::int64_t node) {
    if (newest_in_runs(node) != node) {
        return false;
    }
    const auto has = [&](std::int64_t session) { return places_.thread_of(session, node) != 0; };
    if (std::ranges::any_of(other_sessions_, has)) {
        return false;
    }
    if (!all_hold(forks_, [&](const search_condition&) { return places_.branch_below(node) == node; })) {
        return false;
    }
    return (names_.empty() && times_.empty()) || row_matches(node);
}

bool node_filter::chooses(std::int64_t node, const catalogue::text_block& block) {
    const auto is_error = [&](const search_condition&) {
        const auto& place = place_of(node);
        return block.is_error || (place && place->error);
    };
    return all_hold(errors_, is_error) &&
           (tools_.empty() || all_hold(tools_, [&, tool = tool_of(node, block)](const search_condition& one) {
                return tool == one.value;
            }));
}

std::string node_filter::tool_of(std::int64_t node, const catalogue::text_block& block) {
    if (!block.tool.empty() || block.call_id.empty() || !block.is_result) {
        return block.tool;
    }
    return places_.tool_of_call(session_of(node), block.call_id);
}

const std::optional<catalogue::exchange_place>& node_filter::place_of(std::int64_t node) {
    if (placed_ != node) {
        placed_ = node;
        session_.reset();
        exchange_ = from_.chains.first_exchange(node);
        place_ = exchange_ == 0 ? std::nullopt : places_.of_exchange(exchange_);
    }
    return place_;
}

std::int64_t node_filter::exchange_of(std::int64_t node) {
    (void)place_of(node);
    return exchange_;
}

std::optional<std::string> node_filter::agent_of(std::int64_t node) {
    const auto& place = place_of(node);
    return place ? std::optional{place->agent_name} : std::nullopt;
}

std::int64_t node_filter::session_of(std::int64_t node) {
    (void)place_of(node);
    if (!session_) {
        session_ = look_for_session(node);
    }
    return *session_;
}

std::int64_t node_filter::look_for_session(std::int64_t node) {
    const auto has = [&](std::int64_t session) { return places_.thread_of(session, node) != 0; };
    if (const auto wanted = std::ranges::find_if(sessions_, has); wanted != sessions_.end()) {
        return *wanted;
    }
    if (place_ && place_->session != 0) {
        return place_->session;
    }
    const auto row = from_.chains.row(node);
    for (const auto& one :
         row ? from_.catalogue->sessions_of_root(row->root) : std::vector<catalogue::session>{}) {
        if (has(one.id)) {
            return one.id;
        }
    }
    return 0;
}

}  // namespace tapes::read
