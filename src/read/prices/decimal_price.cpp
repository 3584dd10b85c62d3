#include "prices/decimal_price.hpp"

#include <tapes/text/ascii.hpp>

namespace tapes::read {

std::optional<picodollars> price_of_token(std::string_view dollars_a_million) noexcept {
    // A dollar for a million tokens is 10^6 picodollars a token: six decimals can be told.
    constexpr int most_decimals = 6;
    constexpr picodollars most = 1'000'000'000'000;
    const auto point = dollars_a_million.find('.');
    const auto whole = dollars_a_million.substr(0, point);
    auto decimals =
        point == std::string_view::npos ? std::string_view{} : dollars_a_million.substr(point + 1);
    if (whole.empty() || (point != std::string_view::npos && decimals.empty())) {
        return std::nullopt;
    }
    while (decimals.ends_with('0')) {
        decimals.remove_suffix(1);
    }
    if (decimals.size() > most_decimals) {
        return std::nullopt;
    }
    picodollars price = 0;
    const auto add_digit = [&price](char digit) {
        price = price * 10 + (digit - '0');
        return price <= most;
    };
    for (const char one : whole) {
        if (!text::is_digit(one) || !add_digit(one)) {
            return std::nullopt;
        }
    }
    for (std::size_t at = 0; at < most_decimals; ++at) {
        const char one = at < decimals.size() ? decimals[at] : '0';
        if (!text::is_digit(one) || !add_digit(one)) {
            return std::nullopt;
        }
    }
    return price;
}

}  // namespace tapes::read
