#include "redaction/escapes.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/hex.hpp>
#include <tapes/text/json_string.hpp>

#include <algorithm>
#include <array>

namespace tapes::http {
namespace {

/// Returns how many bytes at the start of `text` stand for `c`, 0 when they do not.
std::size_t length_of(std::string_view text, char c) noexcept {
    if (text.empty()) {
        return 0;
    }
    if (text[0] == '\\' && text.size() > 1) {
        if (c != '\0' && text::json_short_escape(text[1]) == c) {
            return 2;
        }
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && text::json_code_unit(text) == byte) {
            return 6;
        }
    }
    return text[0] == c ? 1 : 0;
}

/// Tells whether no writer of JSON escapes a character: some escape those of HTML, `+`, `=` and the backtick.
bool is_plain(char c) noexcept {
    constexpr std::string_view others = "-_.~%:|,;!*()$#@{}[]?^";
    return text::is_letter(c) || text::is_digit(c) || others.find(c) != std::string_view::npos;
}

}  // namespace

std::size_t escape_length(std::string_view text, char& meant) noexcept {
    meant = text[0];
    if (text[0] != '\\' || text.size() < 2) {
        return 1;
    }
    if (const int unit = text::json_code_unit(text); unit >= 0 && unit < 0x80) {
        meant = static_cast<char>(unit);
        return 6;
    }
    if (const char escaped = text::json_short_escape(text[1]); escaped != '\0') {
        meant = escaped;
        return 2;
    }
    return 1;
}

std::size_t percent_length(std::string_view text, char& meant) noexcept {
    meant = text[0];
    if (text[0] != '%' || text.size() < 3 || (text::hex_value(text[1]) | text::hex_value(text[2])) < 0) {
        return 1;
    }
    meant = static_cast<char>(text::hex_value(text[1]) * 16 + text::hex_value(text[2]));
    return 3;
}

std::size_t length_before(std::string_view text, std::string_view value, std::size_t& work) noexcept {
    std::size_t at = text.size();
    for (std::size_t i = value.size(); i-- > 0;) {
        constexpr std::array<std::size_t, 3> sizes{6, 2, 1};
        ++work;
        const auto found = std::ranges::find_if(sizes, [&](std::size_t size) {
            return at >= size && length_of(text.substr(at - size, size), value[i]) == size;
        });
        if (found == sizes.end()) {
            return 0;
        }
        at -= *found;
    }
    return text.size() - at;
}

std::size_t length_after(std::string_view text, std::string_view value, std::size_t& work) noexcept {
    std::size_t at = 0;
    for (const char c : value) {
        ++work;
        const auto size = length_of(text.substr(at), c);
        if (size == 0) {
            return 0;
        }
        at += size;
    }
    return at;
}

std::string_view plain_part_of(std::string_view value) noexcept {
    std::string_view best;
    for (std::size_t i = 0; i < value.size();) {
        std::size_t end = i;
        while (end < value.size() && is_plain(value[end])) {
            ++end;
        }
        if (end - i > best.size()) {
            best = value.substr(i, end - i);
        }
        i = end + 1;
    }
    return best;
}

}  // namespace tapes::http
