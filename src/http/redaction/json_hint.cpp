#include "redaction/credentials.hpp"

#include <tapes/text/ascii.hpp>

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tapes::http {
namespace {

/// Returns true at the end of a name or type that is searched for, together with its closing quote: 7 bytes.
/// An escaped quote, in text that only talks about such a field, does not match.
bool is_hint(const char* at) noexcept {
    return std::memcmp(at, "_token\"", 7) == 0 || std::memcmp(at, "secret\"", 7) == 0 ||
           std::memcmp(at, "pi_key\"", 7) == 0 || std::memcmp(at, "ervers\"", 7) == 0 ||
           std::memcmp(at + 2, "\"mcp\"", 5) == 0;
}

/// Returns true at a letter or underscore written as `\u00XX`, which a writer does only to hide a name.
bool is_escaped_letter(const char* at) noexcept {
    if (std::memcmp(at, "\\u00", 4) != 0) {
        return false;
    }
    const char low = text::to_lower(at[5]);
    return at[4] == '6' || (at[4] == '7' && low <= 'a') || (at[4] == '5' && low == 'f');
}

}  // namespace

std::size_t find_json_hint(std::string_view body, std::size_t from) noexcept {
    const char* data = body.data();
    std::size_t i = from;
#if defined(__SSE2__)
    const auto load = [data](std::size_t at) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at));
    };
    const auto equal = [](__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    // Compares two rare bytes of each ending, and its quote, at 16 places at once.
    for (; i + 16 + 6 <= body.size(); i += 16) {
        const auto b0 = load(i);
        const auto b2 = load(i + 2);
        const auto b3 = load(i + 3);
        const auto b4 = load(i + 4);
        const auto token = _mm_and_si128(equal(b0, '_'), equal(b3, 'k'));
        const auto secret = _mm_and_si128(equal(b3, 'r'), equal(b4, 'e'));
        const auto api_key = _mm_and_si128(equal(b2, '_'), equal(b3, 'k'));
        const auto mcp = _mm_and_si128(equal(b2, '"'), equal(b4, 'c'));
        const auto servers = _mm_and_si128(equal(b2, 'v'), equal(b3, 'e'));
        const auto any =
            _mm_or_si128(_mm_or_si128(_mm_or_si128(token, secret), servers), _mm_or_si128(api_key, mcp));
        const auto quoted = _mm_and_si128(any, equal(load(i + 6), '"'));
        const auto escaped = _mm_and_si128(_mm_and_si128(equal(b0, '\\'), equal(b2, '0')), equal(b3, '0'));
        auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(quoted, escaped)));
        for (; mask != 0; mask &= mask - 1) {
            const auto at = i + static_cast<std::size_t>(__builtin_ctz(mask));
            if (is_hint(data + at) || is_escaped_letter(data + at)) {
                return at;
            }
        }
    }
#endif
    for (; i + 7 <= body.size(); ++i) {
        if (is_hint(data + i) || is_escaped_letter(data + i)) {
            return i;
        }
    }
    return std::string_view::npos;
}

}  // namespace tapes::http
