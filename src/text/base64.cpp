#include <tapes/text/base64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tapes::text {

namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of each byte as a digit of either alphabet, or -1.
constexpr auto base64_values = [] {
    std::array<signed char, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < base64_digits.size(); ++i) {
        table[static_cast<unsigned char>(base64_digits[i])] = static_cast<signed char>(i);
    }
    table['-'] = 62;
    table['_'] = 63;
    return table;
}();

}  // namespace

std::optional<std::string> decoded_base64(std::string_view text) {
    const auto end = text.find('=');
    if (end != std::string_view::npos && text.find_first_not_of("= \t\r\n", end) != std::string_view::npos) {
        return std::nullopt;
    }
    std::string out;
    out.reserve(text.size() / 4 * 3 + 3);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text.substr(0, end)) {
        const auto value = base64_values[static_cast<unsigned char>(c)];
        if (value < 0) {
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                continue;
            }
            return std::nullopt;
        }
        bits = (bits << 6U | static_cast<std::uint32_t>(value)) & 0xFFFFFFU;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>(bits >> held & 0xFFU);
        }
    }
    // Six bits alone are no byte: a digit is missing.
    return held == 6 ? std::nullopt : std::optional{std::move(out)};
}

std::string encoded_base64(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8U | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out += i <= group.size() ? base64_digits[bits >> (18 - 6 * i) & 0x3FU] : '=';
        }
    }
    return out;
}

}  // namespace tapes::text
