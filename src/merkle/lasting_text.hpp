#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tapes::merkle {

/// Returns what of a system text lasts when a known client resumes its session: the text without what such a
/// client writes anew then (the state of the git tree, its own model's name). Returns nothing where all of it
/// lasts. The table is in the source file.
std::optional<std::string> lasting_text(std::string_view text);

}  // namespace tapes::merkle
