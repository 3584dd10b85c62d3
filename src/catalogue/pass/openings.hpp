#pragma once

#include <string_view>

/// How known clients begin what is not a conversation of its own. Texts are escaped, as they stand in
/// contents. docs/reading.md lists them with their sources.
namespace tapes::catalogue {

/// Whether a thread that begins so is a query beside a conversation: a title, a summary, a warm-up.
/// `system` is the first text before the history, `asked` the first text in it.
bool opens_side_query(std::string_view system, std::string_view asked) noexcept;

/// Whether a first message is the summary of an earlier thread.
bool opens_continuation(std::string_view asked) noexcept;

/// Whether a first message only asks for the summary that follows it as an answer.
bool asks_for_known_summary(std::string_view asked) noexcept;

}  // namespace tapes::catalogue
