#include "chains/figures.hpp"

#include <tapes/text/rfc3339.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace tapes::exports {

namespace {

std::string decimal(double value, int places) {
    std::array<char, 64> buffer{};
    const auto size = std::snprintf(buffer.data(), buffer.size(), "%.*f", places, value);
    return {buffer.data(), static_cast<std::size_t>(std::max(size, 0))};
}

}  // namespace

std::string grouped(std::int64_t count) {
    auto made = std::to_string(count);
    const std::size_t first = count < 0 ? 1 : 0;
    for (auto at = made.size(); at > first + 3;) {
        at -= 3;
        made.insert(at, 1, ',');
    }
    return made;
}

std::string counted(std::uint64_t count, const std::string& noun) {
    return grouped(static_cast<std::int64_t>(count)) + " " + noun + (count == 1 ? "" : "s");
}

std::string short_bytes(std::uint64_t bytes) {
    constexpr std::uint64_t step = 1000;
    static constexpr std::array units{" KB", " MB", " GB"};
    if (bytes < step) {
        return std::to_string(bytes) + " B";
    }
    double value = static_cast<double>(bytes) / static_cast<double>(step);
    std::size_t unit = 0;
    for (; value >= static_cast<double>(step) && unit + 1 < units.size(); ++unit) {
        value /= static_cast<double>(step);
    }
    return decimal(value, 1) + units[unit];
}

std::string dollars(const read::cost& price) {
    if (price.priced == 0) {
        return "no price";
    }
    constexpr double units = 1e12;
    const double value = static_cast<double>(price.total()) / units;
    return (price.partial() ? "at least $" : "$") + decimal(value, value < 1 ? 4 : 2);
}

std::string token_line(const catalogue::token_sums& tokens) {
    auto made = grouped(tokens.input) + " input";
    if (tokens.cache_read != 0) {
        made += ", " + grouped(tokens.cache_read) + " cache read";
    }
    if (tokens.written() != 0) {
        made += ", " + grouped(tokens.written()) + " cache write";
    }
    made += ", " + grouped(tokens.output) + " output";
    return tokens.reasoning == 0 ? made : made + " (" + grouped(tokens.reasoning) + " reasoning)";
}

std::string listed(std::initializer_list<std::string> parts) {
    std::string made;
    for (const auto& part : parts) {
        made += part.empty() ? "" : (made.empty() ? "" : ", ") + part;
    }
    return made;
}

std::string moment_text(std::int64_t us) {
    if (us == 0) {
        return {};
    }
    std::string made;
    text::append_rfc3339(made, us);
    constexpr std::size_t to_seconds = 19;
    made.resize(std::min(made.size(), to_seconds));
    if (made.size() == to_seconds) {
        made[10] = ' ';
    }
    return made + " UTC";
}

}  // namespace tapes::exports
