#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::merkle {

/// The length of the JSON number (RFC 8259 §6) at the start of `json`, 0 where there is none.
std::size_t scan_number(std::string_view json) noexcept;

/// A JSON number as a double.
struct number {
    double value = 0;
    bool in_range = true;  ///< false: beyond the largest double
    bool exact = true;     ///< the shortest decimal of `value` is the literal's decimal
};

/// Reads a literal that `scan_number` took.
number read_number(std::string_view literal) noexcept;

}  // namespace tapes::merkle
