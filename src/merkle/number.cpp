#include "number.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace tapes::merkle {
namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// |value| = 0.d1d2d3… × 10^point, without leading or trailing zeros. More than 17 digits are only counted.
struct decimal {
    std::array<char, 17> digits{};
    std::size_t count = 0;
    std::int64_t point = 0;
};

std::size_t scan_digits(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && is_digit(text[at])) {
        ++at;
    }
    return at;
}

decimal to_decimal(std::string_view literal) noexcept {
    constexpr std::int64_t limit = 1'000'000'000'000;  // exponents beyond are as good as this one
    decimal value;
    std::size_t trailing_zeros = 0;
    bool fraction = false;
    std::size_t at = !literal.empty() && literal[0] == '-' ? 1 : 0;
    for (; at < literal.size() && literal[at] != 'e' && literal[at] != 'E'; ++at) {
        const char c = literal[at];
        if (c == '.') {
            fraction = true;
            continue;
        }
        const bool leading_zero = value.count == 0 && c == '0';
        value.point += leading_zero ? (fraction ? -1 : 0) : (fraction ? 0 : 1);
        if (leading_zero) {
            continue;
        }
        if (c == '0') {
            ++trailing_zeros;
            continue;
        }
        for (; trailing_zeros > 0; --trailing_zeros, ++value.count) {
            if (value.count < value.digits.size()) {
                value.digits[value.count] = '0';
            }
        }
        if (value.count < value.digits.size()) {
            value.digits[value.count] = c;
        }
        ++value.count;
    }
    if (at < literal.size()) {
        ++at;
        const bool negative = literal[at] == '-';
        at += literal[at] == '-' || literal[at] == '+' ? 1 : 0;
        std::int64_t exponent = 0;
        for (; at < literal.size(); ++at) {
            exponent = std::min(exponent * 10 + (literal[at] - '0'), limit);
        }
        value.point += negative ? -exponent : exponent;
    }
    if (value.count == 0) {
        value.point = 0;
    }
    return value;
}

bool same(const decimal& a, const decimal& b) noexcept {
    return a.count <= a.digits.size() && a.count == b.count && a.point == b.point &&
           std::equal(a.digits.begin(), a.digits.begin() + static_cast<std::ptrdiff_t>(a.count),
                      b.digits.begin());
}

// Shortest digits that give `value` back, as "d.ddde±xx".
std::string_view shortest(double value, std::array<char, 32>& buffer) noexcept {
    const auto done =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
    return {buffer.data(), static_cast<std::size_t>(done.ptr - buffer.data())};
}

}  // namespace

std::size_t scan_number(std::string_view json) noexcept {
    std::size_t at = !json.empty() && json[0] == '-' ? 1 : 0;
    std::size_t end = scan_digits(json, at);
    if (end == at || (json[at] == '0' && end > at + 1)) {
        return 0;
    }
    at = end;
    if (at < json.size() && json[at] == '.') {
        end = scan_digits(json, at + 1);
        if (end == at + 1) {
            return 0;
        }
        at = end;
    }
    if (at < json.size() && (json[at] == 'e' || json[at] == 'E')) {
        const std::size_t sign = at + 1 < json.size() && (json[at + 1] == '-' || json[at + 1] == '+') ? 1 : 0;
        end = scan_digits(json, at + 1 + sign);
        if (end == at + 1 + sign) {
            return 0;
        }
        at = end;
    }
    return at;
}

number read_number(std::string_view literal) noexcept {
    number read;
    const auto done = std::from_chars(literal.data(), literal.data() + literal.size(), read.value);
    if (done.ec == std::errc() && literal.size() <= 15 &&
        literal.find_first_of("eE") == std::string_view::npos) [[likely]] {
        return read;  // a double carries any 15 digits
    }
    const decimal source = to_decimal(literal);
    if (done.ec != std::errc()) {
        // from_chars does not say which way it went out of range.
        read.in_range = source.point <= 0;
        read.value = 0;
        read.exact = source.count == 0;
        return read;
    }
    std::array<char, 32> buffer;
    read.exact = same(source, to_decimal(shortest(read.value, buffer)));
    return read;
}

void append_json_number(std::string& out, double value) {
    if (value == 0) {
        out.push_back('0');
        return;
    }
    std::array<char, 32> buffer;
    const std::string_view text = shortest(value, buffer);
    const decimal parts = to_decimal(text);
    const std::string_view digits(parts.digits.data(), parts.count);
    const auto count = static_cast<std::int64_t>(parts.count);
    if (value < 0) {
        out.push_back('-');
    }
    // ECMA-262 Number::toString, with n = parts.point and k = count.
    if (parts.point >= count && parts.point <= 21) {
        out.append(digits).append(static_cast<std::size_t>(parts.point - count), '0');
    } else if (parts.point > 0 && parts.point <= 21) {
        const auto whole = static_cast<std::size_t>(parts.point);
        out.append(digits.substr(0, whole)).append(1, '.').append(digits.substr(whole));
    } else if (parts.point > -6 && parts.point <= 0) {
        out.append("0.").append(static_cast<std::size_t>(-parts.point), '0').append(digits);
    } else {
        out.append(digits.substr(0, 1));
        if (count > 1) {
            out.append(1, '.').append(digits.substr(1));
        }
        const std::int64_t exponent = parts.point - 1;
        out.append(exponent < 0 ? "e-" : "e+").append(std::to_string(exponent < 0 ? -exponent : exponent));
    }
}

}  // namespace tapes::merkle
