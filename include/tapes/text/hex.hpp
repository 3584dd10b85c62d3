#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tapes::text {

inline constexpr std::string_view hex_digits = "0123456789abcdef";

/// The value of each byte as a hexadecimal digit of either case, or -1.
inline constexpr auto hex_values = [] {
    std::array<signed char, 256> table{};
    table.fill(-1);
    for (signed char i = 0; i < 16; ++i) {
        const auto digit = static_cast<unsigned char>(hex_digits[static_cast<std::size_t>(i)]);
        table[digit] = i;
        table[digit & (i < 10 ? 0xffU : 0xdfU)] = i;  // the letter in upper case
    }
    return table;
}();

constexpr int hex_value(char c) noexcept {
    return hex_values[static_cast<unsigned char>(c)];
}

/// Appends two lower-case digits for each byte.
void append_hex(std::string& out, std::span<const std::uint8_t> bytes);

/// Returns two lower-case digits for each byte.
std::string to_hex(std::span<const std::uint8_t> bytes);

/// Returns the 16 lower-case digits of `value`.
std::string to_hex(std::uint64_t value);

/// Reads two digits of either case for each byte of `out`. Returns false where `text` has another length or
/// holds anything else; `out` may then be written in part.
bool read_hex(std::string_view text, std::span<std::uint8_t> out) noexcept;

/// Returns true where every byte of `text` is a digit or a letter from `a` to `f`.
constexpr bool is_lower_hex(std::string_view text) noexcept {
    return text.find_first_not_of(hex_digits) == std::string_view::npos;
}

}  // namespace tapes::text
