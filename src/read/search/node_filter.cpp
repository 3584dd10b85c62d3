#include "search/node_filter.hpp"

#include <tapes/read/ids.hpp>

#include <algorithm>
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

/// Nothing where it is no facet of a node.
std::optional<catalogue::node_facet> facet_of(search_key key) {
    switch (key) {
        case search_key::role:
            return catalogue::node_facet::role;
        case search_key::model:
            return catalogue::node_facet::model;
        case search_key::provider:
            return catalogue::node_facet::provider;
        case search_key::project:
            return catalogue::node_facet::project;
        case search_key::agent:
            return catalogue::node_facet::agent;
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
    std::vector<catalogue::facet_condition> facets;
    for (const auto& one : all) {
        switch (one.key) {
            case search_key::since:
            case search_key::until:
                times_.push_back({&one});
                break;
            case search_key::tool:
                tools_.push_back(&one);
                if (!one.negated) {
                    facets.push_back({catalogue::node_facet::tool, one.value, false});
                }
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
                if (const auto facet = facet_of(one.key)) {
                    facets.push_back({*facet, one.value, one.negated});
                }
        }
    }
    if (!facets.empty()) {
        facets_.emplace(*from_.catalogue, facets);
    }
}

std::vector<std::int64_t> node_filter::sessions_named(const std::string& name) {
    auto found = read::sessions_named(from_, name, most_named + 1);
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
        if (found.empty() && !one->negated && problem_.empty() && unknown_session_.empty()) {
            unknown_session_ = one->value;
        }
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
    std::optional<std::vector<std::int64_t>> with_tools{std::in_place};
    bool wanted = false;
    for (const auto* const one : tools_) {
        if (one->negated || !with_tools) {
            continue;
        }
        wanted = true;
        const auto some = places_.sessions_with_tool(one->value, most_sessions);
        some ? (void)with_tools->insert(with_tools->end(), some->begin(), some->end()) : with_tools.reset();
    }
    take(wanted ? std::move(with_tools) : std::nullopt);
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
    for (auto& one : times_) {
        const auto end = from_.chains.first_node_since(one.asked->at_us + clock_slack_us);
        one.old_end = from_.chains.first_node_since(one.asked->at_us - clock_slack_us).value_or(no_end);
        one.new_begin = end.value_or(no_end);
        if (one.asked->negated) {
            continue;
        }
        if (one.asked->key == search_key::since) {
            first_ = std::max(first_, one.old_end == no_end ? 1 : one.old_end);
        } else if (end && !bounded_) {
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

bool node_filter::is_bare(std::int64_t node) {
    if (!bare_) {
        bare_.emplace();
        for (const auto& one : places_.bare_runs(0, most_runs)) {
            bare_->push_back({one.first, one.last});
        }
        if (bare_->size() == most_runs) {
            bare_->push_back({bare_->back().last + 1, no_end});
        }
    }
    const auto behind = std::ranges::upper_bound(*bare_, node, {}, &run::first);
    return behind != bare_->begin() && (behind - 1)->last >= node;
}

bool node_filter::is_in_time(std::int64_t node) {
    std::optional<std::int64_t> created_at_us;
    for (const auto& one : times_) {
        bool older = node < one.old_end;
        if ((!older && node < one.new_begin) || is_bare(node)) {
            if (!created_at_us) {
                const auto row = from_.chains.row(node);
                if (!row) {
                    return false;
                }
                created_at_us = row->created_at_us;
            }
            older = *created_at_us < one.asked->at_us;
        }
        const bool holds = older == (one.asked->key == search_key::until);
        if (holds == one.asked->negated) {
            return false;
        }
    }
    return true;
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
    for (int step = 0; node >= first_ && step < most_steps; ++step) {
        auto next = branches ? places_.branch_below(node) : node;
        next = facets_ && next >= first_ ? facets_->newest(first_, next) : next;
        if (next == node) {
            break;
        }
        node = newest_in_runs(next);
    }
    return node < first_ ? 0 : node;
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
    return is_in_time(node) && (!facets_ || facets_->chooses(node));
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
