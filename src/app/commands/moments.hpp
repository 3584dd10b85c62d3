#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tapes::app {

/// Reads a date or a date and time in UTC (`2026-01-31`, `2026-01-31T12:00:00Z`), or an age (`90s`, `90m`,
/// `12h`, `7d`). Returns microseconds since the epoch; nothing for any other text.
std::optional<std::int64_t> read_moment(const std::string& text);

/// Writes a moment as people read it: `2026-01-31T12:00:00Z`.
std::string shown_moment(std::int64_t us);

/// The moment that the flag `flag` ("--since") gives; nothing for an empty text. Throws usage_error, naming
/// the flag, when the text is not a moment.
std::optional<std::int64_t> moment_flag(const char* flag, const std::string& text);

}  // namespace tapes::app
