#include <tapes/text/hex.hpp>

#include <algorithm>

namespace tapes::text {
namespace {

void write_hex(std::span<const std::uint8_t> bytes, char* out) noexcept {
    for (const std::uint8_t byte : bytes) {
        *out++ = hex_digits[byte >> 4U];
        *out++ = hex_digits[byte & 15U];
    }
}

}  // namespace

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
    std::array<char, 64> digits;  // NOLINT: filled before it is read; to resize `out` would fill it twice
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), digits.size() / 2));
        write_hex(piece, digits.data());
        out.append(digits.data(), piece.size() * 2);
        bytes = bytes.subspan(piece.size());
    }
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    std::string out(bytes.size() * 2, '\0');
    write_hex(bytes, out.data());
    return out;
}

std::string to_hex(std::uint64_t value) {
    std::string out(16, '0');
    for (auto digit = out.rbegin(); digit != out.rend(); ++digit, value >>= 4U) {
        *digit = hex_digits[value & 15U];
    }
    return out;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> out) noexcept {
    if (text.size() != out.size() * 2) {
        return false;
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if ((high | low) < 0) {
            return false;
        }
        out[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

}  // namespace tapes::text
