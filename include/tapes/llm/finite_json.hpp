#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tapes::llm {

/// Tells whether a text has the name of a number that is not finite, within strings or without.
bool names_odd_numbers(std::string_view json) noexcept;

/// Returns the JSON of an answer with each bare NaN, Infinity and -Infinity as a string, or nothing where it
/// has none. Python's `json` writes these and takes them, RFC 8259 §6 does not. Takes time in proportion to
/// the text. Thread-safe.
std::optional<std::string> with_finite_numbers(std::string_view json);

}  // namespace tapes::llm
