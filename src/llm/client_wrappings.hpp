#pragma once

#include <span>
#include <string_view>

/// The tables of what clients put around what a person types.
namespace tapes::llm {

enum class wrapping_kind {
    theirs,   ///< what is in it comes from the client
    typed,    ///< what is in it was typed
    all,      ///< what is in it was typed, and nothing else of the text
    command,  ///< a command of the client or its argument, as it was typed
};

/// An element `<name>…</name>`, also with attributes.
struct wrapping_tag {
    std::string_view name;
    wrapping_kind kind = wrapping_kind::theirs;
    bool only_with_attributes = false;  ///< without any the tag is a person's own
    bool only_at_start = false;         ///< of the text
};

/// Text from `begin` to the end of `end`; with `end` "", to the end of the line.
struct wrapping_span {
    std::string_view begin, end;
};

std::span<const wrapping_tag> wrapping_tags() noexcept;
/// Spans that come from the client, wherever they stand.
std::span<const wrapping_span> wrapping_spans() noexcept;
/// How texts begin that come from the client as a whole.
std::span<const std::string_view> client_texts() noexcept;
/// How texts begin in which only what stands behind `end` was typed.
std::span<const wrapping_span> client_preambles() noexcept;
/// What clients write behind what was typed, to the end of the text.
std::span<const std::string_view> client_tails() noexcept;

}  // namespace tapes::llm
