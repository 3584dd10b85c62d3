#pragma once

#include <tapes/mcp/server.hpp>
#include <tapes/read/prices.hpp>
#include <tapes/read/sources.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tapes::mcp {

/// What an agent may see of the record.
struct question_scope {
    std::string project;        ///< nothing but what belongs to it
    bool all_projects = false;  ///< all of them; a call may name one
    /// Returns a text without the secrets in it. Empty: texts stay as they are.
    std::function<std::string(std::string text)> without_secrets = {};
};

/// An answer has about so many bytes of JSON at most, unless a call asks for less or more.
inline constexpr std::size_t usual_answer_bytes = 20'000;
inline constexpr std::size_t most_answer_bytes = 100'000;

/// The questions as tools, in the order in which they are told.
std::vector<tool> tools_of(const question_scope& scope);

/// Answers a call of one of these tools. What is wrong with a call is said in its result. Throws
/// std::runtime_error with SQLite's message.
tool_result answer(read::sources& from, const read::price_table& prices, const question_scope& scope,
                   const tool_call& call);

}  // namespace tapes::mcp
