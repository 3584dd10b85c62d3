#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The tools of one node as a text: ids of strings, ascending, with blanks. 0 stands for tools that are not
/// known, or are too many to be listed.
namespace tapes::catalogue {

std::string tool_list_of(std::vector<std::int64_t> tools);
/// Whether one of `wanted` may be among them.
bool may_have_tool(std::string_view list, const std::vector<std::int64_t>& wanted);

}  // namespace tapes::catalogue
