#include "file/tree_key.hpp"

#include <tapes/text/ascii.hpp>

#include <algorithm>

namespace tapes::catalogue {

namespace {

constexpr std::size_t key_digits = 16;
constexpr std::size_t hash_digits = 64;

/// The key of the first digits of a hash, the others being `rest`.
std::int64_t key_from(std::string_view digits, std::uint64_t rest) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < key_digits; ++i) {
        const auto digit = i >= digits.size() ? rest
                           : digits[i] <= '9' ? static_cast<std::uint64_t>(digits[i] - '0')
                                              : static_cast<std::uint64_t>(digits[i] - 'a' + 10);
        value = value << 4U | digit;
    }
    return static_cast<std::int64_t>(value);
}

bool is_lower_hex(char c) noexcept {
    return text::is_digit(c) || (c >= 'a' && c <= 'f');
}

}  // namespace

std::int64_t tree_key_of(std::string_view name) noexcept {
    return key_from(name, 0);
}

std::optional<std::pair<std::int64_t, std::int64_t>> tree_keys_of(std::string_view prefix) noexcept {
    if (prefix.empty() || prefix.size() > hash_digits || !std::ranges::all_of(prefix, is_lower_hex)) {
        return std::nullopt;
    }
    // The first digit tells the sign: the range is one of signed numbers, too.
    return std::pair{key_from(prefix, 0), key_from(prefix, 0xF)};
}

}  // namespace tapes::catalogue
