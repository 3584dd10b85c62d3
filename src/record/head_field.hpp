#pragma once

#include <string_view>

namespace tapes::record {

/// The value of a field in a raw head; `name` in lower case. "" where it has none.
std::string_view field_value(std::string_view head, std::string_view name);

}  // namespace tapes::record
