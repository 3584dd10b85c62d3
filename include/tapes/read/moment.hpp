#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tapes::read {

/// Reads a date or a date and time in UTC (`2026-01-31`, `2026-01-31T12:00:00Z`), or an age (`90s`, `90m`,
/// `12h`, `7d`). Returns microseconds since the epoch; nothing for any other text.
std::optional<std::int64_t> read_moment(const std::string& text);

}  // namespace tapes::read
