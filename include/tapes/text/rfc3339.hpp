#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::text {

/// Appends the UTC time in RFC 3339 with `Z`, and with as many digits of the fraction as it has: microseconds
/// without trailing zeros, and nothing for whole seconds.
void append_rfc3339(std::string& out, std::int64_t us_since_epoch);

/// Reads a time of RFC 3339 in any offset, as microseconds since the epoch; further digits of the fraction
/// are cut off. Nothing where `text` is anything else.
std::optional<std::int64_t> read_rfc3339(std::string_view text) noexcept;

}  // namespace tapes::text
