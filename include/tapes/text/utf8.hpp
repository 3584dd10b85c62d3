#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::text {

/// Returns true where `text` is well-formed UTF-8 (Unicode §3.9, table 3-7).
bool valid_utf8(std::string_view text) noexcept;

/// One character at the start of a text, or a maximal invalid subpart (Unicode §3.9).
struct utf8_part {
    std::size_t size;
    char32_t point;  ///< U+FFFD where it is not valid
    bool valid;
};

/// Returns what `text` starts with, which must not be empty.
utf8_part first_utf8(std::string_view text) noexcept;

/// Returns where the character begins that the byte at `at` is of: `at` itself at the beginning of one, and
/// at the end of the text. Text that is cut there is cut in no character.
std::size_t character_start(std::string_view text, std::size_t at) noexcept;

/// Appends `text` with U+FFFD in place of each maximal invalid subpart (Unicode §3.9).
void append_utf8(std::string& out, std::string_view text);

/// Appends one code point; a surrogate becomes U+FFFD.
void append_code_point(std::string& out, char32_t point);

}  // namespace tapes::text
