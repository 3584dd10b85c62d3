#pragma once

#include <tapes/read/exchange_difference.hpp>

#include <string_view>
#include <vector>

namespace tapes::read {

/// Compares the fields of two raw heads, by name.
std::vector<field_difference> compare_heads(std::string_view left, std::string_view right);

}  // namespace tapes::read
