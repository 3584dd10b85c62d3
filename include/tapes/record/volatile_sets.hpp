#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// The store's note of the sets of patterns (`record.volatile`) under which it was written: what was recorded
/// under one is proved under that one, however the configuration has changed since.
inline constexpr const char* volatile_sets_note = "record.volatile";

/// What the note holds: a pattern a line, an empty line between sets.
std::vector<std::vector<std::string>> volatile_sets(std::string_view note);

/// Under which sets an exchange of a store with that note may have been recorded, likeliest first: `present`,
/// those of the note, none.
std::vector<std::vector<std::string>> possible_volatile_sets(std::string_view note,
                                                             const std::vector<std::string>& present);

/// The note with `patterns` among its sets.
std::string with_volatile_set(std::string note, const std::vector<std::string>& patterns);

}  // namespace tapes::record
