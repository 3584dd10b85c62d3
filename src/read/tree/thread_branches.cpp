#include "tree/branch_source.hpp"

#include <tapes/text/work_meter.hpp>

#include <algorithm>

namespace tapes::read {

namespace {

using node_child = catalogue::child_node;

}  // namespace

bool stretch::holds(std::int64_t node) const noexcept {
    const auto behind =
        std::ranges::upper_bound(runs, node, {}, &std::pair<std::int64_t, std::int64_t>::first);
    return behind != runs.begin() && std::prev(behind)->second >= node;
}

/// Mostly its root. A thread may share its beginning with others of its session, which had it first: then it
/// begins wherever a run of its own stands below that.
std::vector<node_child> thread_branches::tops() {
    auto& known = *from_.catalogue;
    const auto owner = known.run_of(thread_.session, thread_.root);
    if (owner && owner->thread == thread_.id) {
        return {{thread_.root, thread_.session}};
    }
    auto node = thread_.head;
    if (node == 0) {
        const auto leaves = known.leaves(thread_.id);
        node = leaves.empty() ? 0 : leaves.front();
    }
    std::vector<node_child> found;
    for (const auto& link : from_.chains.chain(node)) {
        text::count_work(64);
        const auto run = known.run_of(thread_.session, link.node);
        if (!run || run->thread == thread_.id) {
            break;
        }
        for (const auto& below : known.runs_below(thread_.session, thread_.id, link.node)) {
            found.push_back({below.first, thread_.session});
        }
    }
    std::ranges::sort(found, {}, &node_child::node);
    return found;
}

std::vector<node_child> thread_branches::children(std::int64_t node, std::int64_t after, std::size_t most) {
    std::vector<node_child> found;
    if (node == 0) {
        for (const auto& one : tops()) {
            if (one.node > after && found.size() < most) {
                found.push_back(one);
            }
        }
        return found;
    }
    for (const auto child : from_.catalogue->fork_children(thread_.id, node, after, most)) {
        found.push_back({child, thread_.session});
    }
    return found;
}

stretch thread_branches::follow(const node_child& first) {
    auto& known = *from_.catalogue;
    stretch made;
    made.first = made.last = first.node;
    for (auto run = known.run_of(thread_.session, first.node); run;) {
        text::count_work(64);
        const auto begin = std::max(run->first, first.node);
        if (made.runs.empty()) {
            const auto row = begin == run->first ? std::nullopt : from_.chains.row(begin);
            made.above = row ? row->parent : run->above;
        }
        const auto fork = known.next_fork(thread_.session, thread_.id, begin, run->last);
        made.last = fork ? fork->node : run->last;
        made.runs.emplace_back(begin, made.last);
        if (fork) {
            made.forks = true;
            made.cause = fork->cause;
            break;
        }
        const auto below = known.runs_below(thread_.session, thread_.id, run->last);
        run = below.empty() ? std::nullopt : std::optional{below.front()};
    }
    return made;
}

std::vector<std::pair<std::int64_t, node_child>> thread_branches::forks_above(std::int64_t node) {
    auto& known = *from_.catalogue;
    const auto chain = from_.chains.chain(node);
    const auto own = std::ranges::find_if(chain, [&](const store::chain_link& link) {
        text::count_work(64);
        const auto run = known.run_of(thread_.session, link.node);
        return run && run->thread == thread_.id;
    });
    std::vector<std::pair<std::int64_t, node_child>> found;
    if (own == chain.end()) {
        return found;
    }
    found.emplace_back(0, node_child{own->node, thread_.session});
    for (auto at = own; at + 1 != chain.end(); ++at) {
        const auto fork = known.next_fork(thread_.session, thread_.id, at->node, chain.back().node - 1);
        if (!fork) {
            break;
        }
        at = std::ranges::lower_bound(at, chain.end(), fork->node, {}, &store::chain_link::node);
        if (at + 1 == chain.end()) {
            break;
        }
        if (at->node == fork->node) {
            found.emplace_back(fork->node, node_child{(at + 1)->node, thread_.session});
        } else {
            --at;
        }
    }
    return found;
}

}  // namespace tapes::read
