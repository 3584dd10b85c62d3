#include <tapes/text/utf8.hpp>

#include <simdjson.h>

#include <array>
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

std::size_t character_start(std::string_view text, std::size_t at) noexcept {
    constexpr std::size_t longest = 3;  // of what follows a lead byte
    const auto least = at > longest ? at - longest : 0;
    while (at > least && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
        --at;
    }
    return at;
}

utf8_part first_utf8(std::string_view text) noexcept {
    const auto first = static_cast<std::uint8_t>(text.front());
    const lead kind = classify(first);
    if (kind.continuations < 0) {
        return {1, U'\uFFFD', false};
    }
    // The bits of a lead byte that are of the code point: 7, 5, 4 or 3 of them.
    constexpr std::array<std::uint8_t, 4> bits{0x7F, 0x1F, 0x0F, 0x07};
    const auto length = static_cast<std::size_t>(kind.continuations) + 1;
    char32_t point = first & bits[length - 1];
    for (std::size_t at = 1; at < length; ++at) {
        const auto byte = at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
        if (byte < (at == 1 ? kind.low : 0x80) || byte > (at == 1 ? kind.high : 0xBF)) {
            return {at, U'\uFFFD', false};
        }
        point = (point << 6) | (byte & 0x3FU);
    }
    return {length, point, true};
}

void append_utf8(std::string& out, std::string_view text) {
    if (valid_utf8(text)) [[likely]] {
        out.append(text);
        return;
    }
    while (!text.empty()) {
        const auto part = first_utf8(text);
        out.append(part.valid ? text.substr(0, part.size) : replacement);
        text.remove_prefix(part.size);
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
