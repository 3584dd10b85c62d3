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

/// Appends what the escape at `at` means, or the pair of escapes that stand for one character. Returns the
/// place behind it, 0 where it is malformed.
std::size_t append_unicode_escape(std::string& out, std::string_view text, std::size_t at) {
    constexpr std::size_t length = 6;
    const int unit = json_code_unit(text.substr(at));
    if (unit < 0) {
        return 0;
    }
    at += length;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        const int low = json_code_unit(text.substr(at));
        if (low >= 0xDC00 && low <= 0xDFFF) {
            append_code_point(out, static_cast<char32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
            return at + length;
        }
    }
    append_code_point(out, static_cast<char32_t>(unit));
    return at;
}

}  // namespace

char json_short_escape(char c) noexcept {
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
            at = append_unicode_escape(out, json, at);
            if (at == 0) {
                return 0;
            }
        } else {
            const char c = json_short_escape(json[at + 1]);
            if (c == '\0') {
                return 0;
            }
            out.push_back(c);
            at += 2;
        }
    }
    return 0;
}

int json_code_unit(std::string_view text) noexcept {
    if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') {
        return -1;
    }
    int unit = 0;
    for (const char c : text.substr(2, 4)) {
        const int digit = hex_value(c);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
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
        const std::size_t behind = inside[at + 1] == 'u' ? append_unicode_escape(out, inside, at) : 0;
        if (behind != 0) {
            at = behind;
            continue;
        }
        const char c = json_short_escape(inside[at + 1]);
        out += c == '\0' ? inside[at + 1] : c;
        at += 2;
    }
    return out;
}

}  // namespace tapes::text
