#pragma once

#include <string>
#include <string_view>

namespace tapes::text {

/// Returns true where `text` is well-formed UTF-8 (Unicode §3.9, table 3-7).
bool valid_utf8(std::string_view text) noexcept;

/// Appends `text` with U+FFFD in place of each maximal invalid subpart (Unicode §3.9).
void append_utf8(std::string& out, std::string_view text);

/// Appends one code point; a surrogate becomes U+FFFD.
void append_code_point(std::string& out, char32_t point);

}  // namespace tapes::text
