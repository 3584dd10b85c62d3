#pragma once

#include "pass/node_facts.hpp"

#include <tapes/catalogue/session.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace tapes::catalogue {

/// A branch that has come to a node which led on to another child before.
struct new_branch {
    node_role above = node_role::other;
    std::vector<node_role> roles;  ///< of its nodes, without the answer at its end
    bool answered = false;         ///< its end is an answer of the exchange that brought it
    std::string_view said;         ///< content of its first node
    node_role sibling_role = node_role::other;
    std::string_view sibling;   ///< content of the child before it
    bool tool_results = false;  ///< its first node holds results of tools
};

/// Tells what made a branch:
/// - `client`, where it holds an answer that was never given so, other results of tools, or goes on without
///   the answer that was given;
/// - `retry`, where it is another answer to the same request;
/// - `edit`, where its first message is a changed form of the one before it: they have half of the longer
///   one in common at their ends;
/// - `continuation`, where another question follows.
fork_cause cause_of(const new_branch& branch) noexcept;

}  // namespace tapes::catalogue
