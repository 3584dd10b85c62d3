#pragma once

#include <string>
#include <string_view>

namespace tapes::read {

/// Returns in one text what a call of a tool is about, from its arguments: a command, a file, a pattern, a
/// query. `arguments` is JSON, or its beginning, or other text. At most 1,024 bytes; "" where there is
/// nothing to tell. Linear in the bytes, for JSON of any depth.
std::string call_summary(std::string_view arguments);

/// Returns the text of a member of a JSON object, or of the beginning of one; "" where it has none.
std::string json_member(std::string_view object, std::string_view name);

}  // namespace tapes::read
