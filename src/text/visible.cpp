#include <tapes/text/hex.hpp>
#include <tapes/text/utf8.hpp>
#include <tapes/text/visible.hpp>

#include <algorithm>
#include <array>

namespace tapes::text {
namespace {

struct point_range {
    char32_t first;
    char32_t last;
};

/// In order. Besides Default_Ignorable_Code_Point: controls (C0, DEL, C1), U+2028 to U+202E, and the
/// interlinear annotation characters.
constexpr std::array<point_range, 19> hidden_points{{
    {0x0000, 0x001F},    // C0
    {0x007F, 0x009F},    // DEL, C1
    {0x00AD, 0x00AD},    // soft hyphen
    {0x034F, 0x034F},    // combining grapheme joiner
    {0x061C, 0x061C},    // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x17B4, 0x17B5},    // Khmer vowels that are not shown
    {0x180B, 0x180F},    // Mongolian selectors and vowel separator
    {0x200B, 0x200F},    // zero width space, joiners, marks of direction
    {0x2028, 0x202E},    // separators, embeddings and overrides
    {0x2060, 0x206F},    // word joiner, isolates, deprecated formats
    {0x3164, 0x3164},    // Hangul filler
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFEFF, 0xFEFF},    // zero width no-break space, the byte order mark
    {0xFFA0, 0xFFA0},    // half-width Hangul filler
    {0xFFF0, 0xFFFB},    // unassigned, interlinear annotation
    {0x1BCA0, 0x1BCA3},  // shorthand formats
    {0x1D173, 0x1D17A},  // musical formats
    {0xE0000, 0xE0FFF},  // tags, variation selectors
}};

constexpr bool is_plain(char c) noexcept {
    return c >= 0x20 && c < 0x7F;
}

bool is_hidden(char32_t point) noexcept {
    const auto* const range =
        std::ranges::lower_bound(hidden_points, point, {}, [](const point_range& one) { return one.last; });
    return range != hidden_points.end() && point >= range->first;
}

/// Joiners and selectors, which say how the character before them is drawn.
constexpr bool shapes_others(char32_t point) noexcept {
    return point == 0x200C || point == 0x200D || (point >= 0xFE00 && point <= 0xFE0F);
}

void append_hex(std::string& out, char32_t value, int digits) {
    for (int at = digits - 1; at >= 0; --at) {
        out.push_back(hex_digits[(value >> (4 * at)) & 15U]);
    }
}

void append_unit(std::string& out, char32_t unit) {
    out.append("\\u");
    append_hex(out, unit, 4);
}

void append_bytes(std::string& out, std::string_view bytes) {
    for (const char c : bytes) {
        out.append("\\x");
        append_hex(out, static_cast<unsigned char>(c), 2);
    }
}

void append_escape_of(std::string& out, char32_t point) {
    if (point == '\n' || point == '\r' || point == '\t') {
        out.append(point == '\n' ? "\\n" : point == '\r' ? "\\r" : "\\t");
    } else if (point < 0x10000) {
        append_unit(out, point);
    } else {
        out.append("\\u{");
        append_hex(out, point, point < 0x100000 ? 5 : 6);
        out.push_back('}');
    }
}

/// RFC 8259 §7: what is not in the Basic Multilingual Plane is written as a surrogate pair.
void append_json_escape(std::string& out, char32_t point) {
    if (point < 0x10000) {
        append_unit(out, point);
    } else {
        append_unit(out, 0xD800 + ((point - 0x10000) >> 10));
        append_unit(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
    }
}

std::size_t plain_length(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
}

/// Appends `text`, and for each character that is hidden or invalid what `escape(part, bytes, before)`
/// appends; `before` is the character before it.
template <class Escape>
void walk(std::string& out, std::string_view text, Escape&& escape) {
    char32_t before = 0;
    while (true) {
        const auto plain = plain_length(text);
        out.append(text.substr(0, plain));
        before = plain == 0 ? before : static_cast<char32_t>(text[plain - 1]);
        text.remove_prefix(plain);
        if (text.empty()) {
            return;
        }
        const auto part = first_utf8(text);
        const auto bytes = text.substr(0, part.size);
        if (part.valid && !is_hidden(part.point)) {
            out.append(bytes);
        } else {
            escape(part, bytes, before);
        }
        before = part.point;
        text.remove_prefix(part.size);
    }
}

}  // namespace

bool is_visible(std::string_view text) noexcept {
    while (true) {
        text.remove_prefix(plain_length(text));
        if (text.empty()) {
            return true;
        }
        const auto part = first_utf8(text);
        if (!part.valid || is_hidden(part.point)) {
            return false;
        }
        text.remove_prefix(part.size);
    }
}

void append_visible(std::string& out, std::string_view text) {
    walk(out, text, [&out](const utf8_part& part, std::string_view bytes, char32_t) {
        part.valid ? append_escape_of(out, part.point) : append_bytes(out, bytes);
    });
}

std::string visible(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    append_visible(out, text);
    return out;
}

std::string visible_lines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    // A carriage return may stand before a newline only: elsewhere it lets a line be written over.
    walk(out, text, [&](const utf8_part& part, std::string_view bytes, char32_t before) {
        const bool ends_line =
            part.point == '\r' && bytes.data() + 1 != text.data() + text.size() && bytes.data()[1] == '\n';
        if (ends_line) {
            return;
        }
        if (part.point == '\n' || part.point == '\t' ||
            (part.valid && shapes_others(part.point) && before > 0x7F)) {
            out.append(bytes);
        } else {
            part.valid ? append_escape_of(out, part.point) : append_bytes(out, bytes);
        }
    });
    return out;
}

void append_visible_json(std::string& out, std::string_view json) {
    // White space between values is the only thing hidden that may stand outside of a string; inside, the
    // same characters must have been escaped.
    bool inside = false;
    std::size_t at = 0;
    while (at < json.size()) {
        const auto quote = inside ? json.find_first_of("\"\\", at) : json.find('"', at);
        const auto end = std::min(quote, json.size());
        walk(out, json.substr(at, end - at), [&](const utf8_part& part, std::string_view bytes, char32_t) {
            const bool space = part.point == '\n' || part.point == '\r' || part.point == '\t';
            !inside&& space ? void(out.append(bytes)) : append_json_escape(out, part.point);
        });
        if (end == json.size()) {
            return;
        }
        if (json[end] == '"') {
            out.push_back('"');
            inside = !inside;
            at = end + 1;
        } else {
            out.push_back('\\');
            at = end + 1;
            if (at < json.size() && is_plain(json[at])) {
                out.push_back(json[at]);
                ++at;
            }
        }
    }
}

std::string visible_json(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    append_visible_json(out, json);
    return out;
}

}  // namespace tapes::text
