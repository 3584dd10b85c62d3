#include <tapes/text/utf8.hpp>

#include <simdjson.h>

#include <algorithm>
#include <cstdint>

namespace tapes::text {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// What may follow a lead byte: how many continuation bytes, and the range of the first of them.
struct lead {
    int continuations;
    std::uint8_t low;
    std::uint8_t high;
};

lead classify(std::uint8_t byte) noexcept {
    if (byte < 0x80) {
        return {0, 0x80, 0xBF};
    }
    if (byte >= 0xC2 && byte <= 0xDF) {
        return {1, 0x80, 0xBF};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        return {2, static_cast<std::uint8_t>(byte == 0xE0 ? 0xA0 : 0x80),
                static_cast<std::uint8_t>(byte == 0xED ? 0x9F : 0xBF)};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        return {3, static_cast<std::uint8_t>(byte == 0xF0 ? 0x90 : 0x80),
                static_cast<std::uint8_t>(byte == 0xF4 ? 0x8F : 0xBF)};
    }
    return {-1, 0, 0};
}

}  // namespace

bool valid_utf8(std::string_view text) noexcept {
    return simdjson::validate_utf8(text.data(), text.size());
}

void append_utf8(std::string& out, std::string_view text) {
    if (valid_utf8(text)) [[likely]] {
        out.append(text);
        return;
    }
    std::size_t at = 0;
    while (at < text.size()) {
        const lead kind = classify(static_cast<std::uint8_t>(text[at]));
        std::size_t end = at + 1;
        int missing = std::max(kind.continuations, 0);
        for (; missing > 0 && end < text.size(); --missing, ++end) {
            const auto byte = static_cast<std::uint8_t>(text[end]);
            const bool first = end == at + 1;
            if (byte < (first ? kind.low : 0x80) || byte > (first ? kind.high : 0xBF)) {
                break;
            }
        }
        if (kind.continuations < 0 || missing > 0) {
            out.append(replacement);
        } else {
            out.append(text.substr(at, end - at));
        }
        at = end;
    }
}

void append_code_point(std::string& out, char32_t point) {
    const auto byte = [&out](char32_t value) { out.push_back(static_cast<char>(value)); };
    if (point < 0x80) {
        byte(point);
    } else if (point < 0x800) {
        byte(0xC0 | (point >> 6));
        byte(0x80 | (point & 0x3F));
    } else if (point >= 0xD800 && point <= 0xDFFF) {
        out.append(replacement);
    } else if (point < 0x10000) {
        byte(0xE0 | (point >> 12));
        byte(0x80 | ((point >> 6) & 0x3F));
        byte(0x80 | (point & 0x3F));
    } else {
        byte(0xF0 | (point >> 18));
        byte(0x80 | ((point >> 12) & 0x3F));
        byte(0x80 | ((point >> 6) & 0x3F));
        byte(0x80 | (point & 0x3F));
    }
}

}  // namespace tapes::text
