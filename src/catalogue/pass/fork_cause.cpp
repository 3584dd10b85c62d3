#include "pass/fork_cause.hpp"

#include <algorithm>
#include <cstddef>

namespace tapes::catalogue {

namespace {

bool are_alike(std::string_view one, std::string_view other) noexcept {
    const auto shorter = std::min(one.size(), other.size());
    std::size_t front = 0;
    while (front < shorter && one[front] == other[front]) {
        ++front;
    }
    std::size_t back = 0;
    while (back < shorter - front && one[one.size() - 1 - back] == other[other.size() - 1 - back]) {
        ++back;
    }
    // What every content of one text has is not counted.
    constexpr std::string_view frame = R"([{"type":"text","text":""}])";
    const auto longer = std::max(one.size(), other.size());
    const auto alike = front + back;
    return alike > frame.size() && 2 * (alike - frame.size()) >= longer - std::min(longer, frame.size());
}

}  // namespace

fork_cause cause_of(const new_branch& branch) noexcept {
    if (std::ranges::find(branch.roles, node_role::assistant) != branch.roles.end()) {
        return fork_cause::client;
    }
    if (branch.roles.empty()) {
        return branch.answered ? fork_cause::retry : fork_cause::continuation;
    }
    if (branch.tool_results || branch.sibling_role == node_role::assistant ||
        branch.roles.front() == node_role::system) {
        return fork_cause::client;
    }
    return are_alike(branch.said, branch.sibling) ? fork_cause::edit : fork_cause::continuation;
}

}  // namespace tapes::catalogue
