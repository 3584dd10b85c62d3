#include "transcript/branch_table.hpp"

#include <algorithm>

namespace tapes::read {

namespace {

/// So many branches are told, and so many nodes looked at for them: each page of a transcript does so.
constexpr std::size_t most_branches = 1'000;
constexpr std::uint64_t most_branch_steps = 20'000;

bool on_chain(const std::vector<store::chain_link>& chain, std::int64_t node) {
    // A parent's id is always smaller than its child's.
    return std::ranges::binary_search(chain, node, {}, &store::chain_link::node);
}

}  // namespace

branch_table::branch_table(sources& from, std::int64_t session, std::int64_t thread,
                           const std::vector<store::chain_link>& chain) {
    if (!from.catalogue || session == 0 || thread == 0) {
        return;
    }
    std::size_t told = 0;
    for (const auto leaf : from.catalogue->leaves(thread)) {
        if (told == most_branches || steps_ >= most_branch_steps) {
            break;
        }
        if (!on_chain(chain, leaf)) {
            add_leaf(from, leaf, chain);
            ++told;
        }
    }
    for (const auto& fork : from.catalogue->forks(session)) {
        if (const auto found = forks_.find(fork.node); found != forks_.end()) {
            found->second.cause = fork.cause;
        }
    }
}

void branch_table::add_leaf(sources& from, std::int64_t leaf, const std::vector<store::chain_link>& chain) {
    branches::branch made;
    made.leaf = leaf;
    auto row = from.chains.row(leaf);
    made.hash = row ? row->hash : merkle::digest{};
    while (row && !on_chain(chain, row->id)) {
        ++made.nodes;
        ++steps_;
        if (row->parent == 0) {
            return;
        }
        row = from.chains.row(row->parent);
    }
    if (row) {
        auto& fork = forks_[row->id];
        fork.node = row->id;
        fork.others.push_back(made);
    }
}

std::optional<branches> branch_table::at(std::int64_t node) const {
    const auto found = forks_.find(node);
    return found == forks_.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace tapes::read
