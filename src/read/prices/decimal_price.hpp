#pragma once

#include <tapes/read/cost.hpp>

#include <optional>
#include <string_view>

namespace tapes::read {

/// Reads US dollars for a million tokens, such as `3`, `0.075` or `18.75`, as the price of one token. Nothing
/// where that is no whole number of picodollars (more than six decimals), is below 0 or above $1 a token.
std::optional<picodollars> price_of_token(std::string_view dollars_a_million) noexcept;

}  // namespace tapes::read
