#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::text {

/// Appends `text` as a JSON string (RFC 8785 §3.2.2.2: shortest escapes, no HTML escaping). Invalid UTF-8
/// becomes U+FFFD, one for each maximal invalid subpart (Unicode §3.9).
void append_json_string(std::string& out, std::string_view text);

/// Appends what the JSON string at the start of `json` says: escapes undone, a lone surrogate as U+FFFD;
/// bytes beyond ASCII are copied as they are. Returns the length of the string with its quotes, or 0 where
/// `json` starts with no well-formed string (`out` may then hold part of it).
std::size_t decode_json_string(std::string_view json, std::string& out);

/// Returns the UTF-16 code unit of the escape (`\uXXXX`) at the start of `text`, or -1 where there is none.
int json_code_unit(std::string_view text) noexcept;

/// Returns what the short escape of a backslash and `c` stands for (RFC 8259 §7), or NUL where there is none.
char json_short_escape(char c) noexcept;

/// Undoes the escapes of what stands between the quotes of a JSON string (RFC 8259 §7). Tolerant: of a
/// malformed escape only the backslash is left away, and one at the very end stays.
std::string json_unescaped(std::string_view inside);

}  // namespace tapes::text
