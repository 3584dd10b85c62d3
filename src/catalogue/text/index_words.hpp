#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

/// How text is written for the index, whose tokenizer (SQLite's unicode61) takes runs of letters, digits and
/// marks as words.
namespace tapes::catalogue {

/// Returns true for characters of scripts that are written without spaces between words, and of Hangul,
/// whose words take on endings: Han, Hiragana, Katakana, Bopomofo, Yi, Thai, Lao, Khmer, Myanmar.
bool is_unspaced(char32_t point) noexcept;

/// Appends `text` as the index has it: of a run of unspaced characters each pair of neighbours is a word
/// (`日本語` gives `日本 本語 語`), and the last character alone, so that each character begins a word. Runs
/// of 256 and more characters of base64 are left out.
void append_words(std::string& to, std::string_view text);

/// Calls `visit` with the stretches of `text` from which `append_words` makes words, in its order: their
/// first bytes and sizes. A pair of neighbours is one, so that they overlap.
void visit_stretches(std::string_view text, const std::function<void(std::size_t, std::size_t)>& visit);

/// Appends a term of a query so that its words, as a phrase, are found wherever the index has it. Returns
/// true where its last word stands for all that begin so: a single unspaced character at its end.
bool append_term(std::string& to, std::string_view term);

}  // namespace tapes::catalogue
