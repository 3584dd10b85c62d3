#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::catalogue {

/// What is looked for, as FTS5 reads it.
struct text_query {
    std::string match;    ///< for MATCH; "" where there is a problem
    std::string problem;  ///< a sentence that says what would be right; "": none
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

}  // namespace tapes::catalogue
