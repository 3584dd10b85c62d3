#include <tapes/text/hex.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <cstdint>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tapes::text {
namespace {

bool needs_escape(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// The length of the run at the start of `text` that stands for itself in a JSON string.
std::size_t plain_run(std::string_view text) noexcept {
    std::size_t at = 0;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1F);
    for (; at + 16 <= text.size(); at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control);
        const __m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
        const int mask = _mm_movemask_epi8(_mm_or_si128(control, special));
        if (mask != 0) {
            return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
        }
    }
#endif
    while (at < text.size() && !needs_escape(text[at])) {
        ++at;
    }
    return at;
}

void append_escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out.append("\\\"");
            return;
        case '\\':
            out.append("\\\\");
            return;
        case '\b':
            out.append("\\b");
            return;
        case '\f':
            out.append("\\f");
            return;
        case '\n':
            out.append("\\n");
            return;
        case '\r':
            out.append("\\r");
            return;
        case '\t':
            out.append("\\t");
            return;
        default:
            out.append("\\u00");
            out.push_back(hex_digits[static_cast<unsigned char>(c) >> 4U]);
            out.push_back(hex_digits[static_cast<unsigned char>(c) & 15U]);
    }
}

void append_valid(std::string& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        const std::size_t run = plain_run(text);
        out.append(text.substr(0, run));
        if (run == text.size()) {
            break;
        }
        append_escape(out, text[run]);
        text.remove_prefix(run + 1);
    }
    out.push_back('"');
}

/// The value of four hexadecimal digits at `at`, or -1.
std::int32_t code_unit(std::string_view text, std::size_t at) noexcept {
    if (at + 4 > text.size()) {
        return -1;
    }
    std::int32_t unit = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        const int digit = hex_value(text[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

/// Appends what the escape means behind whose "\u" `at` stands. Returns the place behind the escape, or pair
/// of escapes, and 0 where it is malformed.
std::size_t append_unicode_escape(std::string& out, std::string_view text, std::size_t at) {
    const std::int32_t unit = code_unit(text, at);
    if (unit < 0) {
        return 0;
    }
    at += 4;
    if (unit >= 0xD800 && unit <= 0xDBFF && text.substr(at, 2) == "\\u") {
        const std::int32_t low = code_unit(text, at + 2);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            append_code_point(out, static_cast<char32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
            return at + 6;
        }
    }
    append_code_point(out, static_cast<char32_t>(unit));
    return at;
}

char simple_escape(char c) noexcept {
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return c;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return '\0';
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    if (valid_utf8(text)) [[likely]] {
        append_valid(out, text);
        return;
    }
    std::string repaired;
    append_utf8(repaired, text);
    append_valid(out, repaired);
}

std::size_t decode_json_string(std::string_view json, std::string& out) {
    if (json.empty() || json.front() != '"') {
        return 0;
    }
    std::size_t at = 1;
    while (at < json.size()) {
        const std::size_t run = plain_run(json.substr(at));
        out.append(json.substr(at, run));
        at += run;
        if (at == json.size()) {
            return 0;
        }
        if (json[at] == '"') {
            return at + 1;
        }
        if (json[at] != '\\' || at + 1 == json.size()) {
            return 0;
        }
        if (json[at + 1] == 'u') {
            at = append_unicode_escape(out, json, at + 2);
            if (at == 0) {
                return 0;
            }
        } else {
            const char c = simple_escape(json[at + 1]);
            if (c == '\0') {
                return 0;
            }
            out.push_back(c);
            at += 2;
        }
    }
    return 0;
}

std::string json_unescaped(std::string_view inside) {
    std::string out;
    out.reserve(inside.size());
    for (std::size_t at = 0; at < inside.size();) {
        const auto escape = std::min(inside.find('\\', at), inside.size());
        out.append(inside, at, escape - at);
        at = escape;
        if (at + 1 >= inside.size()) {
            out.append(inside, at);
            break;
        }
        const std::size_t behind = inside[at + 1] == 'u' ? append_unicode_escape(out, inside, at + 2) : 0;
        if (behind != 0) {
            at = behind;
            continue;
        }
        const char c = simple_escape(inside[at + 1]);
        out += c == '\0' ? inside[at + 1] : c;
        at += 2;
    }
    return out;
}

}  // namespace tapes::text
