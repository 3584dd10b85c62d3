#include <tapes/event/members.hpp>
#include <tapes/event/rfc3339.hpp>
#include <tapes/merkle/canonical.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

namespace tapes::event {
namespace {

/// `value` with at least `width` digits; not negative.
void append_padded(std::string& out, std::int64_t value, std::size_t width) {
    const auto before = out.size();
    append_int(out, value);
    const auto digits = out.size() - before;
    if (digits < width) {
        out.insert(before, width - digits, '0');
    }
}

}  // namespace

void append_hex(std::string& out, const merkle::digest& value) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, 64> text;
    std::size_t at = 0;
    for (const auto byte : value) {
        text[at++] = digits[byte >> 4];
        text[at++] = digits[byte & 15];
    }
    out.append(text.data(), text.size());
}

void append_int(std::string& out, std::int64_t value) {
    std::array<char, 24> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":";
    merkle::append_json_string(out, value);
}

void append_filled(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        append_member(out, name, value);
    }
}

void append_time(std::string& out, std::string_view name, std::int64_t us) {
    out += ",\"";
    out += name;
    out += "\":\"";
    append_rfc3339(out, us);
    out += '"';
}

void append_usage(std::string& out, const merkle::usage& figures) {
    const auto start = out.size();
    for (const auto& [name, figure] : merkle::usage_figures) {
        if (const auto& value = figures.*figure) {
            out += out.size() == start ? ",\"usage\":{\"" : ",\"";
            out += name;
            out += "\":";
            append_int(out, *value);
        }
    }
    if (out.size() != start) {
        out += '}';
    }
}

void append_rfc3339(std::string& out, std::int64_t us_since_epoch) {
    using namespace std::chrono;
    const sys_time<microseconds> time{microseconds(us_since_epoch)};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    append_padded(out, static_cast<int>(date.year()), 4);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    append_padded(out, clock.hours().count(), 2);
    out += ':';
    append_padded(out, clock.minutes().count(), 2);
    out += ':';
    append_padded(out, clock.seconds().count(), 2);
    if (const auto fraction = clock.subseconds().count(); fraction != 0) {
        out += '.';
        append_padded(out, fraction, 6);
        out.erase(out.find_last_not_of('0') + 1);
    }
    out += 'Z';
}

}  // namespace tapes::event
