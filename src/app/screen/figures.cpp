#include "screen/figures.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace tapes::app {

namespace {

/// Three digits of a number at most: "1.2", "12", "999".
std::string three_digits(double value) {
    char text[32];
    std::snprintf(text, sizeof text, value < 9.95 ? "%.1f" : "%.0f", value);
    return text;
}

/// Scales by thousands; `units` from the smallest on.
template <std::size_t Count>
std::string scaled(std::uint64_t value, const std::array<std::string_view, Count>& units) {
    auto rest = static_cast<double>(value);
    std::size_t at = 0;
    while (rest >= 999.5 && at + 1 < Count) {
        rest /= 1000;
        ++at;
    }
    return (at == 0 ? std::to_string(value) : three_digits(rest)) + std::string{units[at]};
}

}  // namespace

std::string grouped(std::int64_t count) {
    auto text = std::to_string(count);
    const std::size_t first = count < 0 ? 1 : 0;
    for (auto at = static_cast<std::int64_t>(text.size()) - 3; at > static_cast<std::int64_t>(first);
         at -= 3) {
        text.insert(static_cast<std::size_t>(at), 1, ',');
    }
    return text;
}

std::string short_count(std::int64_t count) {
    constexpr std::array<std::string_view, 5> units{"", "k", "M", "G", "T"};
    return count < 0 ? "-" : scaled(static_cast<std::uint64_t>(count), units);
}

std::string short_bytes(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> units{" B", " KB", " MB", " GB", " TB"};
    return scaled(bytes, units);
}

std::string short_duration(std::int64_t us) {
    char text[48];
    const auto seconds = static_cast<double>(us) / 1e6;
    if (seconds < 59.95) {
        std::snprintf(text, sizeof text, "%.1f s", seconds < 0 ? 0.0 : seconds);
    } else if (const auto whole = std::llround(seconds); whole < 3600) {
        std::snprintf(text, sizeof text, "%d:%02d min", static_cast<int>(whole / 60),
                      static_cast<int>(whole % 60));
    } else {
        std::snprintf(text, sizeof text, "%lld:%02d h", static_cast<long long>(whole / 3600),
                      static_cast<int>(whole % 3600 / 60));
    }
    return text;
}

std::string dollars(const read::cost& price) {
    if (price.priced == 0) {
        return "-";
    }
    char text[48] = "$0";
    const auto value = static_cast<double>(price.total()) / 1e12;
    if (price.total() != 0) {
        std::snprintf(text, sizeof text, value < 0.99995 ? "$%.4f" : "$%.2f", value);
    }
    return std::string{text} + (price.partial() ? "+" : "");
}

std::string short_hash(const merkle::digest& hash) {
    constexpr std::size_t digits = 12;
    return merkle::to_hex(hash).substr(0, digits);
}

std::string share_of(std::int64_t part, std::int64_t whole) {
    if (whole <= 0) {
        return "-";
    }
    // Rounded down: what is not all is not shown as such.
    return std::to_string(
               static_cast<std::int64_t>(static_cast<double>(part) * 100 / static_cast<double>(whole))) +
           "%";
}

}  // namespace tapes::app
