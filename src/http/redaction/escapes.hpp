#pragma once

#include <cstddef>
#include <string_view>

namespace tapes::http {

/// Returns how many bytes at the start of a JSON text, which is not empty, stand for one character, and sets
/// `meant` to it.
std::size_t escape_length(std::string_view text, char& meant) noexcept;

/// Does the same for a percent-encoded text.
std::size_t percent_length(std::string_view text, char& meant) noexcept;

/// Returns how many bytes at the end of `text` stand for `value`, with or without escapes of JSON; 0 when
/// they do not. Adds to `work` how many bytes of the value were compared.
std::size_t length_before(std::string_view text, std::string_view value, std::size_t& work) noexcept;

/// Does the same at the start of `text`.
std::size_t length_after(std::string_view text, std::string_view value, std::size_t& work) noexcept;

/// Returns the longest part of `value` that no writer of JSON escapes.
std::string_view plain_part_of(std::string_view value) noexcept;

}  // namespace tapes::http
