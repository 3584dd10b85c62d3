#pragma once

#include <cstddef>
#include <string_view>

/// How many columns of a terminal characters take, after Unicode's East_Asian_Width and General_Category:
/// none for marks that are drawn over the character before them, two for wide characters and emoji, else one.
namespace tapes::text {

std::size_t width_of(char32_t point) noexcept;

/// The columns of a text; what is no UTF-8 counts as U+FFFD. The text is visible(), else the result means
/// nothing.
std::size_t width_of(std::string_view text) noexcept;

/// Returns how many bytes at the front of `text` fit into `width` columns, with all marks of their last
/// character.
std::size_t fitting(std::string_view text, std::size_t width) noexcept;

}  // namespace tapes::text
