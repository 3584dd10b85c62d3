#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tapes::http {

/// A set of ASCII letters, case aside: bit 0 stands for `a`.
using letter_set = std::uint32_t;

/// The set of each byte as a character; empty for what is no ASCII letter.
inline constexpr auto letter_of_byte = [] {
    std::array<letter_set, 256> table{};
    for (unsigned i = 0; i < 26; ++i) {
        table['a' + i] = table['A' + i] = letter_set{1} << i;
    }
    return table;
}();

/// Returns the letters that a name has. A word can only stand in a name that has all letters of the word,
/// which is told at a fraction of the cost of a search for the word.
constexpr letter_set letters_of(std::string_view name) noexcept {
    letter_set letters = 0;
    for (const char c : name) {
        letters |= letter_of_byte[static_cast<unsigned char>(c)];
    }
    return letters;
}

template <std::size_t N>
constexpr std::array<letter_set, N> letters_of_each(const std::array<std::string_view, N>& words) noexcept {
    std::array<letter_set, N> letters{};
    for (std::size_t i = 0; i < N; ++i) {
        letters[i] = letters_of(words[i]);
    }
    return letters;
}

/// Tells whether all letters of one of the words are among `letters`.
template <class Words>
constexpr bool may_hold_any(letter_set letters, const Words& words) noexcept {
    for (const letter_set word : words) {
        if ((letters & word) == word) {
            return true;
        }
    }
    return false;
}

}  // namespace tapes::http
