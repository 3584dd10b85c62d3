#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tapes::app {

/// What people give as a time: a date, or date and time, in UTC (`2026-01-31`, `2026-01-31T12:00:00Z`), or an
/// age (`90s`, `90m`, `12h`, `7d`); in microseconds since the epoch. Nothing where it is neither.
std::optional<std::int64_t> read_moment(const std::string& text);

/// `2026-01-31T12:00:00Z`
std::string shown_moment(std::int64_t us);

/// For error messages: how times are given.
inline constexpr const char* moment_forms = "give 2026-01-31, 2026-01-31T12:00:00Z or an age such as 90m";

}  // namespace tapes::app
