#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::api {

/// Returns the pairs of a query, percent-decoded (WHATWG URL, application/x-www-form-urlencoded).
std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query);

/// Returns the value of the first pair of that name; nothing if there is no such pair.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// Reads a text that is a number and nothing else.
template <class Number>
std::optional<Number> parse_number(std::string_view text) noexcept {
    Number value = 0;
    const auto* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && last == end ? std::optional{value} : std::nullopt;
}

}  // namespace tapes::api
