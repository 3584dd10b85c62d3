#pragma once

#include <tapes/merkle/content.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What a person typed, of what clients send as a user's message: they put reminders, the state of editors
/// and directories, files and the output of commands around it. The table of what is theirs, with its
/// sources, is src/llm/client_wrappings.cpp.
namespace tapes::llm {

/// The longest title, in bytes.
inline constexpr std::size_t title_bytes = 256;

/// Returns what was typed of one text of a user's message, without white space around it; "" where nothing
/// was. A tag that is not closed is text. Linear in the bytes.
std::string typed_text(std::string_view text);

/// Returns the title that a user's message gives to its thread: the beginning of what was typed in one line,
/// white space collapsed, at most `title_bytes`, cut at a character. "" where nothing was typed, or nothing
/// but empty markup. A command of the client (`/init`) is a title where nothing else was typed.
std::string title_of(const std::vector<merkle::block>& content);
std::string title_of(std::string_view text);

/// Returns the beginning of any text in such a line.
std::string one_line(std::string_view text);

}  // namespace tapes::llm
