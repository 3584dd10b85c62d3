#pragma once

#include <tapes/read/json.hpp>
#include <tapes/read/text_difference.hpp>

namespace tapes::read {

/// Adds the pieces of a comparison: `text`, `more_pieces`, `removed_bytes`, `added_bytes`, `coarse`.
void add_shown(ordered_json& to, const shown_text& from);
/// Adds `values` and `more_values`.
void add_values(ordered_json& to, const json_comparison& from);

}  // namespace tapes::read
