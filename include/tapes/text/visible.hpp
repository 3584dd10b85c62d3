#pragma once

#include <string>
#include <string_view>

/// What a person is shown of text from elsewhere, in a terminal or a log. Characters that act instead of
/// being seen are written as escapes: controls of C0 and C1 (among them ESC, which begins what moves the
/// cursor, renames the window or fills the clipboard), those that turn the direction of writing (Unicode UAX
/// #9), the line and paragraph separators, what has no width (Default_Ignorable_Code_Point of Unicode's
/// DerivedCoreProperties), and bytes that are no UTF-8. A code point becomes `\u202e` or `\u{e0041}`, a
/// newline `\n`, a byte `\xff`.
namespace tapes::text {

/// Returns true where visible() gives `text` as it is.
bool is_visible(std::string_view text) noexcept;

/// Returns `text` as part of one line.
std::string visible(std::string_view text);
void append_visible(std::string& out, std::string_view text);

/// Returns `text` in as many lines as it has: newlines and tabs stay, CR LF becomes a newline. So do joiners
/// and variation selectors behind what is not ASCII, for scripts and emoji need them.
std::string visible_lines(std::string_view text);

/// Returns JSON with the same meaning that hides nothing: the same characters inside its strings, written as
/// escapes of JSON. What is no UTF-8 becomes U+FFFD, so that the result can be read whatever its strings
/// hold.
std::string visible_json(std::string_view json);
void append_visible_json(std::string& out, std::string_view json);

}  // namespace tapes::text
