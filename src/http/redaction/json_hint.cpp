#include "redaction/credentials.hpp"
#include "redaction/members.hpp"

#include <tapes/text/ascii.hpp>

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
    if (body.size() - at < 6 || body[at + 1] != 'u' || body[at + 2] != '0' || body[at + 3] != '0') {
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
    return at >= type.size() && body[at - 1] == 'p' && body.substr(at - type.size(), type.size()) == type;
}

/// Returns true where the quote at `at` ends the name of a member. One after a backslash is part of a string,
/// or ends a name that none of interest has.
bool ends_name(std::string_view body, std::size_t at) noexcept {
    auto next = at + 1;
    while (next < body.size() && is_blank(body[next])) {
        ++next;
    }
    return next != body.size() && body[next] == ':' && at > 0 && body[at - 1] != '\\';
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

/// Tells whether a name is one of those that most members of a conversation have.
bool is_usual(std::string_view name) noexcept {
    const auto is = [name](std::string_view one) {
        return std::memcmp(name.data(), one.data(), one.size()) == 0;
    };
    switch (name.size()) {
        case 2:
            return is("id");
        case 4:
            return is("role") || is("type") || is("text") || is("name");
        case 5:
            return is("input") || is("index") || is("delta");
        case 7:
            return is("content");
        default:
            return false;
    }
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
    if (rules.fields.empty()) {
        if (is_usual(name)) {
            return false;
        }
        const auto letters = letters_of(name);
        if (!may_be_credential(letters) && !may_lead_to_credentials(letters)) {
            return false;
        }
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
    // Looks at 16 places at once for quotes that are followed by a colon or white space, or stand after
    // "mcp", and for escapes.
    for (i += i == 0 ? 1 : 0; i + 16 + 6 <= body.size(); i += 16) {
        const auto before = load(i - 1);
        const auto here = load(i);
        const auto after = load(i + 1);
        const auto blank = _mm_cmpeq_epi8(_mm_max_epu8(after, _mm_set1_epi8(' ')), _mm_set1_epi8(' '));
        const auto ends = _mm_or_si128(_mm_or_si128(equal(after, ':'), blank), equal(before, 'p'));
        const auto quoted = _mm_and_si128(equal(here, '"'), _mm_andnot_si128(equal(before, '\\'), ends));
        const auto escaped = _mm_and_si128(equal(here, '\\'), equal(after, 'u'));
        auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(quoted, escaped)));
        for (; mask != 0; mask &= mask - 1) {
            const auto at = i + static_cast<std::size_t>(__builtin_ctz(mask));
            if (data[at] == '\\' ? is_escaped_letter(body, at) : is_hint(body, at, rules)) {
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
