#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::merkle {

/// A SHA-256 (FIPS 180-4) as 32 bytes; compares bytewise.
using digest = std::array<std::uint8_t, 32>;

/// Returns 64 lower-case hexadecimal digits.
std::string to_hex(const digest& value);

/// Reads a digest from exactly 64 hexadecimal digits of either case; returns nothing for other text.
std::optional<digest> from_hex(std::string_view text) noexcept;

/// Computes the SHA-256 of `bytes`. Thread-safe.
digest sha256(std::string_view bytes);

}  // namespace tapes::merkle
