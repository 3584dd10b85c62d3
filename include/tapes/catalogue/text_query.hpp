#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::catalogue {

/// Words that follow each other.
struct text_phrase {
    std::string words;          ///< as the index has them, parted by spaces
    bool is_beginning = false;  ///< the last word stands for all that begin so
    bool excluded = false;
    std::size_t alternative = 0;  ///< which one of the query it is of, from 0
};

/// What is looked for.
struct text_query {
    std::string match;                   ///< for MATCH of FTS5; "" where there is a problem
    std::string problem;                 ///< a sentence that says what would be right; "": none
    std::vector<text_phrase> phrases{};  ///< in the order in which `match` has them
};

/// The most terms of a query, and the bytes of it.
inline constexpr std::size_t most_query_terms = 64;
inline constexpr std::size_t most_query_bytes = 16U << 10U;

/// Reads what a person typed:
///
///     two words      nodes with both
///     "two words"    with both as a phrase; the closing quote may be missing
///     -word          without it; `--word` is that word
///     word*          with words that begin so
///     one OR other   alternatives; OR binds less than everything else
///
/// Everything else is text: `multi-agent`, `std::move`, `don't` and `a.b` are phrases of their words. Case
/// and diacritics do not count. Alternatives must each name something that is to be there.
text_query read_text_query(std::string_view typed);

/// One phrase for MATCH, whatever is in it.
std::string phrase_match(const text_phrase& phrase);

}  // namespace tapes::catalogue
