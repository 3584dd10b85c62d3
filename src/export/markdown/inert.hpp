#pragma once

#include <string>
#include <string_view>

/// Text of the record within Markdown, where it can do nothing but be read.
namespace tapes::exports {

/// One line of text, of which no character is taken for Markdown or HTML.
std::string inline_text(std::string_view text);

/// A fenced block. The fence is longer than any in the text. `language` is of letters alone.
std::string fenced(std::string_view text, std::string_view language);

/// What is Markdown itself, such as the answer of a model: paragraphs, lists and fenced blocks stay; HTML,
/// links, images and definitions of references are shown as they were written. A fence that is open at its
/// end is closed. To be written within a block quote, so that it ends with that.
std::string inert_markdown(std::string_view text);

/// The HTML of `<details>` with its summary; what is folded goes on behind it.
std::string details_open(std::string_view summary);

}  // namespace tapes::exports
