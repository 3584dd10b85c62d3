#pragma once

#include <cstddef>
#include <string_view>

/// Names of fields, codings, schemes and hosts are ASCII and have no case; no locale is asked.
namespace tapes::text {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

constexpr bool is_letter(char c) noexcept {
    return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}

/// Returns true for the characters that stand for themselves in any part of a URL (RFC 3986 §2.3).
constexpr bool is_unreserved(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

/// Compares without regard to the case of ASCII letters.
constexpr bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
    if (left.size() != right.size()) {
        return false;
    }
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i] != right[i] && to_lower(left[i]) != to_lower(right[i])) {
            return false;
        }
    }
    return true;
}

constexpr bool starts_ignoring_case(std::string_view text, std::string_view start) noexcept {
    return text.size() >= start.size() && equal_ignoring_case(text.substr(0, start.size()), start);
}

constexpr bool ends_ignoring_case(std::string_view text, std::string_view end) noexcept {
    return text.size() >= end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

/// Returns `text` without the spaces and tabs around it: what HTTP calls optional white space (RFC 9110
/// §5.6.3).
constexpr std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

constexpr bool is_one_of(char c, std::string_view characters) noexcept {
    for (const char one : characters) {
        if (c == one) {
            return true;
        }
    }
    return false;
}

/// Returns where the first of a few characters stands at or after `from`, npos where none does. For the short
/// texts of heads: std::string_view::find_first_of calls memchr for each character of the text.
constexpr std::size_t find_any(std::string_view text, std::string_view characters,
                               std::size_t from = 0) noexcept {
    for (; from < text.size(); ++from) {
        if (is_one_of(text[from], characters)) {
            return from;
        }
    }
    return std::string_view::npos;
}

/// Returns `text` without the characters of `surrounding` at its two ends.
constexpr std::string_view trimmed(std::string_view text, std::string_view surrounding) noexcept {
    while (!text.empty() && is_one_of(text.front(), surrounding)) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_one_of(text.back(), surrounding)) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace tapes::text
