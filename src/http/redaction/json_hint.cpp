#include "redaction/credentials.hpp"
#include "redaction/members.hpp"

#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tapes::http {
namespace {

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Returns true at a letter or underscore written as `\u00XX`, which a writer does only to hide a name.
bool is_escaped_letter(std::string_view body, std::size_t at) noexcept {
    if (body.size() - at < 6 || std::memcmp(body.data() + at, "\\u00", 4) != 0) {
        return false;
    }
    const char high = body[at + 4];
    const char low = text::to_lower(body[at + 5]);
    return high == '6' || high == '4' || (high == '7' && low <= 'a') || (high == '5' && low <= 'f') ||
           (high == '2' && low == 'd');
}

/// Returns true where the quote at `at` ends the type of an MCP tool.
bool is_mcp_type(std::string_view body, std::size_t at) noexcept {
    constexpr std::string_view type = "\"mcp";
    return at >= type.size() && body.substr(at - type.size(), type.size()) == type;
}

/// Returns true where the quote at `at` ends the name of a member. One after a backslash is part of a string.
bool ends_name(std::string_view body, std::size_t at) noexcept {
    auto next = at + 1;
    while (next < body.size() && is_blank(body[next])) {
        ++next;
    }
    if (next == body.size() || body[next] != ':') {
        return false;
    }
    auto before = at;
    while (before > 0 && body[before - 1] == '\\') {
        --before;
    }
    return (at - before) % 2 == 0;
}

/// Returns the name that the quote at `at` ends, "" for one that is too long to be of interest.
std::string_view name_before(std::string_view body, std::size_t at) noexcept {
    constexpr std::size_t longest = 160;
    const auto from = at > longest ? at - longest : 0;
    const auto start = body.substr(from, at - from).rfind('"');
    return start == std::string_view::npos ? std::string_view{}
                                           : body.substr(from + start + 1, at - from - start - 1);
}

/// Returns true where the value behind the name that ends at `at` is an address that may hold a credential.
bool has_telling_address(std::string_view body, std::size_t at) noexcept {
    constexpr std::size_t longest = 1024;
    const auto value = body.find_first_not_of(" \t\n\r:", at + 1);
    if (value == std::string_view::npos || body.substr(value, 5) != "\"http") {
        return false;
    }
    const auto inside = body.substr(value + 1, longest);
    return inside.substr(0, inside.find('"')).find_first_of("@=") != std::string_view::npos;
}

/// Tells whether the quote at `at` ends something that is searched for.
bool is_hint(std::string_view body, std::size_t at, const name_rules& rules) {
    if (is_mcp_type(body, at)) {
        return true;
    }
    if (!ends_name(body, at)) {
        return false;
    }
    const auto name = name_before(body, at);
    // Most members of a conversation have these names.
    static constexpr std::array<std::string_view, 5> usual{"role", "content", "type", "text", "name"};
    if (rules.fields.empty() && std::ranges::find(usual, name) != usual.end()) {
        return false;
    }
    return member_kind(name, rules) != name_kind::plain || leads_to_credentials(name) ||
           (names_address(name) && has_telling_address(body, at));
}

}  // namespace

std::size_t find_json_hint(std::string_view body, std::size_t from, const name_rules& rules) {
    const char* data = body.data();
    std::size_t i = from;
#if defined(__SSE2__)
    const auto load = [data](std::size_t at) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at));
    };
    const auto equal = [](__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    // Looks for quotes that are followed by a colon or white space, or stand after "mcp", and for escapes, at
    // 16 places at once.
    for (; i + 16 + 6 <= body.size(); i += 16) {
        const auto b0 = load(i);
        const auto b1 = load(i + 1);
        const auto blank = _mm_or_si128(_mm_or_si128(equal(b1, ' '), equal(b1, '\t')),
                                        _mm_or_si128(equal(b1, '\n'), equal(b1, '\r')));
        auto quoted = _mm_and_si128(equal(b0, '"'), _mm_or_si128(equal(b1, ':'), blank));
        const auto mcp = _mm_and_si128(_mm_and_si128(equal(b0, 'm'), equal(b1, 'c')),
                                       _mm_and_si128(equal(load(i + 2), 'p'), equal(load(i + 3), '"')));
        const auto escaped = _mm_and_si128(_mm_and_si128(equal(b0, '\\'), equal(b1, 'u')),
                                           _mm_and_si128(equal(load(i + 2), '0'), equal(load(i + 3), '0')));
        quoted = _mm_or_si128(quoted, _mm_or_si128(mcp, escaped));
        auto mask = static_cast<unsigned>(_mm_movemask_epi8(quoted));
        for (; mask != 0; mask &= mask - 1) {
            const auto at = i + static_cast<std::size_t>(__builtin_ctz(mask));
            const auto quote = data[at] == 'm' ? at + 3 : at;
            if (data[at] == '\\' ? is_escaped_letter(body, at) : is_hint(body, quote, rules)) {
                return at;
            }
        }
    }
#endif
    for (; i < body.size(); ++i) {
        if (data[i] == '"' ? is_hint(body, i, rules) : data[i] == '\\' && is_escaped_letter(body, i)) {
            return i;
        }
    }
    return std::string_view::npos;
}

}  // namespace tapes::http
