#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::event {

/// Appends a date in RFC 3339 in UTC with up to nine decimals, trailing zeros trimmed (Go's RFC3339Nano):
/// "2026-01-02T03:04:05.123456Z".
void append_rfc3339(std::string& out, std::int64_t us_since_epoch);

/// Reads a date in RFC 3339 as microseconds since the epoch, digits behind the sixth cut off. Returns nothing
/// for any other text. Pure.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace tapes::event
