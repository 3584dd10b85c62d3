#include <tapes/read/moment.hpp>
#include <tapes/text/rfc3339.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>

namespace tapes::read {

namespace {

using namespace std::chrono;

/// `90s`, `90m`, `12h`, `7d` before now.
std::optional<std::int64_t> read_age(const std::string& text) {
    std::int64_t count = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, count);
    constexpr std::int64_t most = 1'000'000'000;
    if (read.ec != std::errc{} || read.ptr + 1 != end || count < 0 || count > most) {
        return std::nullopt;
    }
    const auto now = duration_cast<microseconds>(system_clock::now().time_since_epoch());
    switch (*read.ptr) {
        case 's':
            return (now - seconds{count}).count();
        case 'm':
            return (now - minutes{count}).count();
        case 'h':
            return (now - hours{count}).count();
        case 'd':
            return (now - hours{24 * std::min(count, most / 24)}).count();
        default:
            return std::nullopt;
    }
}

/// Reads a date, or a date and time, in UTC with or without its `Z`.
std::optional<std::int64_t> read_time(std::string text) {
    constexpr std::string_view date = "2026-01-31";
    constexpr std::string_view time = "T12:00:00";
    if (text.ends_with('Z')) {
        text.pop_back();
    }
    if (text.size() != date.size() && text.size() != date.size() + time.size()) {
        return std::nullopt;
    }
    return text::read_rfc3339(text + (text.size() == date.size() ? "T00:00:00Z" : "Z"));
}

}  // namespace

std::optional<std::int64_t> read_moment(const std::string& text) {
    const auto age = read_age(text);
    return age ? age : read_time(text);
}

}  // namespace tapes::read
