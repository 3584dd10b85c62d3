#pragma once

#include "questions/scope.hpp"

/// A function for what each tool says of itself, and one for its answers. Answers throw wrong_call.
namespace tapes::mcp {

tool search_tool();
ordered_json search_answer(const question& asked);

tool list_tool();
ordered_json list_answer(const question& asked);

tool show_tool();
ordered_json show_answer(const question& asked);

tool why_tool();
ordered_json why_answer(const question& asked);

tool stats_tool();
ordered_json stats_answer(const question& asked);

tool tree_tool();
ordered_json tree_answer(const question& asked);

tool diff_tool();
ordered_json diff_answer(const question& asked);

/// The schema of an object of these properties, in their order; the first ones are required.
ordered_json object_schema(const ordered_json& properties, const std::vector<std::string>& required);
/// What an answer in pages is: its entries under `name`, and where it goes on.
ordered_json paged_schema(const std::string& name, const std::string& about,
                          const ordered_json& more = ordered_json::object());
/// The arguments `cursor` and `bytes`.
void add_paging(ordered_json& properties);

inline constexpr const char* id_about =
    "A session's name, a node's hash or an exchange's id, or the beginning of one; @ is the newest session, "
    "@1 the "
    "one before.";

}  // namespace tapes::mcp
