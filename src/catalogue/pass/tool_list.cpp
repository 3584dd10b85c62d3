#include "pass/tool_list.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace tapes::catalogue {

namespace {

constexpr std::size_t most_listed = 32;

}  // namespace

std::string tool_list_of(std::vector<std::int64_t> tools) {
    std::ranges::sort(tools);
    tools.erase(std::unique(tools.begin(), tools.end()), tools.end());
    if (tools.size() > most_listed) {
        return "0";
    }
    std::string made;
    for (const auto tool : tools) {
        made += (made.empty() ? "" : " ") + std::to_string(tool);
    }
    return made;
}

bool may_have_tool(std::string_view list, const std::vector<std::int64_t>& wanted) {
    while (!list.empty()) {
        std::int64_t tool = 0;
        const auto end = std::from_chars(list.data(), list.data() + list.size(), tool).ptr;
        if (tool == 0 || std::ranges::find(wanted, tool) != wanted.end()) {
            return true;
        }
        list.remove_prefix(std::min(list.size(), static_cast<std::size_t>(end - list.data()) + 1));
    }
    return false;
}

}  // namespace tapes::catalogue
