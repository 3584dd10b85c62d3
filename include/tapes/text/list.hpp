#pragma once

#include <tapes/text/ascii.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::text {

/// Returns the parts with a comma between each two: "a,b,c".
std::string comma_list(const std::vector<std::string>& parts);

/// Removes the first element of a list, and the separator behind it, and returns the element without
/// surrounding blanks.
constexpr std::string_view take_element(std::string_view& list, char separator = ',') noexcept {
    const auto end = list.find(separator);
    const auto element = trimmed(list.substr(0, end));
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
    return element;
}

}  // namespace tapes::text
