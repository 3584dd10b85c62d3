#include "transcript/branch_table.hpp"

#include <algorithm>
#include <set>

namespace tapes::read {

namespace {

/// So many branches are told, and so many nodes looked at for them: each page of a transcript does so.
constexpr std::size_t most_branches = 1'000;
constexpr std::uint64_t most_branch_steps = 20'000;

auto place_on(const std::vector<store::chain_link>& chain, std::int64_t node) {
    // A parent's id is always smaller than its child's.
    return std::ranges::lower_bound(chain, node, {}, &store::chain_link::node);
}

bool on_chain(const std::vector<store::chain_link>& chain, std::int64_t node) {
    const auto found = place_on(chain, node);
    return found != chain.end() && found->node == node;
}

std::int64_t behind_on(const std::vector<store::chain_link>& chain, std::int64_t node) {
    const auto found = place_on(chain, node + 1);
    return found == chain.end() ? 0 : found->node;
}

}  // namespace

branch_table::branch_table(sources& from, std::int64_t session, std::int64_t thread,
                           const std::vector<store::chain_link>& chain)
    : from_{from}, thread_{thread} {
    if (!from.catalogue || session == 0 || thread == 0) {
        return;
    }
    std::size_t told = 0;
    for (const auto leaf : from.catalogue->leaves(thread)) {
        if (on_chain(chain, leaf)) {
            continue;
        }
        if (told == most_branches || steps_ >= most_branch_steps) {
            all_ = false;
            break;
        }
        add_leaf(leaf, chain);
        ++told;
    }
    add_forks(session, chain);
}

void branch_table::add_leaf(std::int64_t leaf, const std::vector<store::chain_link>& chain) {
    branches::branch made;
    made.leaf = leaf;
    auto row = from_.chains.row(leaf);
    made.hash = row ? row->hash : merkle::digest{};
    while (row && !on_chain(chain, row->id)) {
        ++made.nodes;
        ++steps_;
        if (row->parent == 0) {
            return;
        }
        made.first = row->id;
        row = from_.chains.row(row->parent);
    }
    if (row) {
        auto& fork = forks_[row->id];
        fork.node = row->id;
        fork.others.push_back(made);
    }
}

/// What is known of forks; those of which no leaf was looked at are found here.
void branch_table::add_forks(std::int64_t session, const std::vector<store::chain_link>& chain) {
    for (const auto& fork : from_.catalogue->fork_places(session)) {
        auto found = forks_.find(fork.node);
        if (found == forks_.end() && !all_ && fork.thread == thread_ && on_chain(chain, fork.node)) {
            found = forks_.emplace(fork.node, branches{}).first;
            found->second.node = fork.node;
        }
        if (found != forks_.end()) {
            found->second.cause = fork.cause;
        }
    }
    for (const auto& [node, fork] : forks_) {
        next_.emplace(node, behind_on(chain, node));
    }
}

std::uint64_t branch_table::not_told(const branches& of) const {
    std::set<std::int64_t> told;
    for (const auto& one : of.others) {
        told.insert(one.first);
    }
    const auto next = next_.at(of.node);
    const auto here = from_.catalogue->fork_children(thread_, of.node, next - 1, 1);
    const auto known = told.size() + (next != 0 && !here.empty() && here.front() == next ? 1 : 0);
    const auto all = from_.catalogue->count_fork_children(thread_, of.node);
    return all - std::min<std::uint64_t>(all, known);
}

std::optional<branches> branch_table::at(std::int64_t node) const {
    const auto found = forks_.find(node);
    if (found == forks_.end()) {
        return std::nullopt;
    }
    auto made = found->second;
    made.here = from_.catalogue->branch_cause(thread_, next_.at(node));
    for (auto& one : made.others) {
        one.cause = from_.catalogue->branch_cause(thread_, one.first);
    }
    made.more = all_ ? 0 : not_told(made);
    return made.others.empty() && made.more == 0 ? std::nullopt : std::optional{std::move(made)};
}

}  // namespace tapes::read
