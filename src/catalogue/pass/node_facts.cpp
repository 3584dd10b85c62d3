#include "pass/node_facts.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/merkle/dropped.hpp>

namespace tapes::catalogue {

node_role role_of(std::string_view name) noexcept {
    if (name == "assistant") {
        return node_role::assistant;
    }
    if (name == "user") {
        return node_role::user;
    }
    if (name == "tool" || name == "function") {
        return node_role::tool;
    }
    return merkle::is_system_role(name) ? node_role::system : node_role::other;
}

void node_facts::take(const std::vector<store::scanned_row>& page) {
    page_.clear();
    if (facts_.size() > limit) {
        facts_.clear();
    }
    for (const auto& row : page) {
        for (const auto& node : row.nodes) {
            facts_[node.id] = {node.parent, node.root, role_of(node.role)};
            page_[node.id] = &node;
        }
    }
}

node_fact node_facts::fact(std::int64_t node) {
    if (const auto known = facts_.find(node); known != facts_.end()) {
        return known->second;
    }
    const auto place = scan_.place(node);
    return facts_[node] = {place.parent, place.root, role_of(place.role)};
}

std::string node_facts::hash(std::int64_t node) {
    const auto known = page_.find(node);
    return merkle::to_hex(known != page_.end() ? known->second->hash : scan_.hash(node));
}

std::string_view node_facts::content(std::int64_t node) {
    if (const auto known = page_.find(node); known != page_.end()) {
        return known->second->content;
    }
    other_ = scan_.content(node);
    return other_;
}

}  // namespace tapes::catalogue
