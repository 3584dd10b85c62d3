#pragma once

#include <tapes/merkle/digest.hpp>

#include <string>
#include <string_view>

namespace tapes::exports {

/// Appends text as the content of an element, from which the page's script reads exactly this text again.
/// Characters that would not be seen, or turn the direction of writing, stand as `<i>U+202E</i>`.
void append_html_text(std::string& out, std::string_view text);

/// The same of a text that may be Markdown: its fenced blocks and code in lines stand in `<code>`, headings
/// and what is strong in `<b>`. Not a character is left out.
void append_html_said(std::string& out, std::string_view text);

/// Text for a label or an attribute, of one line; what is not visible is written as text::visible() does.
std::string html_label(std::string_view text);

/// A name as an attribute, written as ECMAScript's encodeURIComponent does, so that it can be any text.
std::string html_name(std::string_view text);

/// JSON for a script element, which no text in it can end.
std::string html_json(std::string_view json);

/// The bytes as base64 (RFC 4648 §4).
std::string base64_of(const merkle::digest& bytes);

}  // namespace tapes::exports
