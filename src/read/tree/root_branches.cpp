#include "tree/branch_source.hpp"

#include <tapes/text/work_meter.hpp>

#include <algorithm>

namespace tapes::read {

namespace {

using below_node = catalogue::child_node;

}  // namespace

/// A node that was stored right behind another one is mostly below it, and then stands in the same run.
bool root_branches::follows(std::int64_t node, std::int64_t parent) {
    const auto row = from_.chains.row(node);
    return row && row->parent == parent && parent != 0;
}

std::vector<below_node> root_branches::children(std::int64_t node, std::int64_t after, std::size_t most) {
    if (node == 0) {
        return root_ > after ? std::vector<below_node>{{root_, session_}} : std::vector<below_node>{};
    }
    auto found = from_.catalogue->run_starts(node, after, most);
    const auto next = node + 1;
    const bool has_next = std::ranges::find(found, next, &below_node::node) != found.end();
    if (next > after && !has_next && most != 0 && follows(next, node)) {
        found.insert(found.begin(), below_node{next, 0});
        found.resize(std::min(found.size(), most));
    }
    return found;
}

stretch root_branches::follow(const below_node& first) {
    auto& known = *from_.catalogue;
    stretch made;
    made.first = first.node;
    const auto row = from_.chains.row(first.node);
    made.above = row ? row->parent : 0;
    auto at = first;
    auto session = first.session;
    while (true) {
        text::count_work(64);
        session = at.session != 0 ? at.session : session;
        const auto run = known.run_of(session, at.node);
        const auto end = run ? run->last : at.node;
        const auto fork = known.next_run_start(at.node, end);
        made.last = fork != 0 ? fork : end;
        made.runs.emplace_back(at.node, made.last);
        const auto below = fork != 0 ? std::vector<below_node>{} : children(end, 0, 2);
        if (fork != 0 || below.size() > 1) {
            made.forks = true;
            made.cause = cause_at(made.last);
            return made;
        }
        if (below.empty()) {
            return made;
        }
        at = below.front();
    }
}

/// As the session of one of its newer branches tells it.
std::optional<catalogue::fork_cause> root_branches::cause_at(std::int64_t node) {
    constexpr std::size_t most_looked_at = 16;
    auto& known = *from_.catalogue;
    std::optional<catalogue::fork_cause> found;
    for (const auto& child : known.run_starts(node, 0, most_looked_at)) {
        const auto run = known.run_of(child.session, child.node);
        const auto fork = run ? known.next_fork(child.session, run->thread, node, node) : std::nullopt;
        found = fork ? std::optional{fork->cause} : found;
    }
    return found;
}

std::vector<std::pair<std::int64_t, below_node>> root_branches::forks_above(std::int64_t node) {
    const auto chain = from_.chains.chain(node);
    std::vector<std::pair<std::int64_t, below_node>> found;
    if (chain.empty() || chain.front().node != root_) {
        return found;
    }
    found.emplace_back(0, below_node{root_, session_});
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        text::count_work(64);
        if (children(chain[i].node, 0, 2).size() > 1) {
            found.emplace_back(chain[i].node, below_node{chain[i + 1].node, 0});
        }
    }
    return found;
}

}  // namespace tapes::read
