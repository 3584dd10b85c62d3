#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// Names the store's note that holds the sets of patterns (`record.volatile`) under which it was written. An
/// exchange that was recorded under one set is proved under that set, however the configuration has changed
/// since.
inline constexpr const char* volatile_sets_note = "record.volatile";

/// Reads the note, which has one pattern on each line and an empty line between sets.
std::vector<std::vector<std::string>> volatile_sets(std::string_view note);

/// Returns the sets under which an exchange of a store with this note may have been recorded, likeliest
/// first: `present`, those of the note, the empty set.
std::vector<std::vector<std::string>> possible_volatile_sets(std::string_view note,
                                                             const std::vector<std::string>& present);

/// Returns the note with `patterns` among its sets.
std::string with_volatile_set(std::string note, const std::vector<std::string>& patterns);

}  // namespace tapes::record
