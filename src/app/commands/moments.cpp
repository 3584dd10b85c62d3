#include "commands/moments.hpp"

#include <tapes/app/usage_error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace tapes::app {

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

/// The fields of a date in UTC: year, month, day, and perhaps the time.
std::optional<std::int64_t> read_time(const std::string& text) {
    static constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
    auto plain = text;
    if (plain.ends_with('Z')) {
        plain.pop_back();
    }
    if (plain.size() != 10 && plain.size() != shape.size()) {
        return std::nullopt;
    }
    std::array<int, 6> fields{};
    std::size_t field = 0;
    for (std::size_t at = 0; at < plain.size(); ++at) {
        if (shape[at] == 'd' && plain[at] >= '0' && plain[at] <= '9') {
            fields[field] = fields[field] * 10 + (plain[at] - '0');
        } else if (shape[at] == plain[at] || (shape[at] == 'T' && plain[at] == ' ')) {
            ++field;
        } else {
            return std::nullopt;
        }
    }
    const auto [y, mo, d, h, mi, s] = fields;
    const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
    if (!date.ok() || h > 23 || mi > 59 || s > 60) {
        return std::nullopt;
    }
    const auto at = sys_days{date} + hours{h} + minutes{mi} + seconds{s};
    return microseconds{at.time_since_epoch()}.count();
}

}  // namespace

std::optional<std::int64_t> read_moment(const std::string& text) {
    const auto age = read_age(text);
    return age ? age : read_time(text);
}

std::optional<std::int64_t> moment_flag(const char* flag, const std::string& text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto moment = read_moment(text);
    if (!moment) {
        throw usage_error{std::string{flag} + " \"" + text +
                          "\" is not a time: give 2026-01-31, 2026-01-31T12:00:00Z or an age such as 90m"};
    }
    return moment;
}

std::string shown_moment(std::int64_t us) {
    const sys_time<microseconds> time{microseconds{us}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text.data();
}

}  // namespace tapes::app
