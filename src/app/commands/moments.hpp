#pragma once

#include <tapes/read/moment.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tapes::app {

using read::read_moment;

/// Writes a moment as people read it: `2026-01-31T12:00:00Z`.
std::string shown_moment(std::int64_t us);

/// The moment that the flag `flag` ("--since") gives; nothing for an empty text. Throws usage_error, naming
/// the flag, when the text is not a moment.
std::optional<std::int64_t> moment_flag(const char* flag, const std::string& text);

}  // namespace tapes::app
