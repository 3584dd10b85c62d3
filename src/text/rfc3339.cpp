#include <tapes/text/ascii.hpp>
#include <tapes/text/rfc3339.hpp>

#include <charconv>
#include <chrono>

namespace tapes::text {
namespace {

/// Appends `value`, which is not negative, with at least `width` digits.
void append_padded(std::string& out, std::int64_t value, std::ptrdiff_t width) {
    char digits[24];
    const auto* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    for (auto missing = width - (end - digits); missing > 0; --missing) {
        out += '0';
    }
    out.append(digits, static_cast<std::size_t>(end - digits));
}

/// Takes the parts of a date off the front of a text, and remembers whether each was there.
class date_reader {
public:
    explicit date_reader(std::string_view text) : rest_{text} {}

    int digits(std::size_t count) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            value = value * 10 + digit();
        }
        return value;
    }
    void expect(std::string_view any_of) {
        good_ = good_ && !rest_.empty() && any_of.find(rest_.front()) != std::string_view::npos;
        rest_.remove_prefix(rest_.empty() ? 0 : 1);
    }
    /// ".123456789" as microseconds, where there is one.
    int fraction() {
        if (!rest_.starts_with('.')) {
            return 0;
        }
        rest_.remove_prefix(1);
        int value = 0;
        int count = 0;
        for (; !rest_.empty() && is_digit(rest_.front()); ++count) {
            const int next = digit();
            value = count < 6 ? value * 10 + next : value;
        }
        good_ = good_ && count > 0;
        for (; count < 6; ++count) {
            value *= 10;
        }
        return value;
    }
    /// "Z" or "+01:30", in minutes.
    int offset() {
        const char sign = rest_.empty() ? '?' : rest_.front();
        expect("Zz+-");
        if (sign != '+' && sign != '-') {
            return 0;
        }
        const int hours = digits(2);
        expect(":");
        const int minutes = digits(2);
        good_ = good_ && hours < 24 && minutes < 60;
        return (hours * 60 + minutes) * (sign == '-' ? -1 : 1);
    }
    bool done() const { return good_ && rest_.empty(); }

private:
    int digit() {
        const char c = rest_.empty() ? '?' : rest_.front();
        good_ = good_ && is_digit(c);
        rest_.remove_prefix(rest_.empty() ? 0 : 1);
        return good_ ? c - '0' : 0;
    }

    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

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

std::optional<std::int64_t> read_rfc3339(std::string_view text) noexcept {
    using namespace std::chrono;
    date_reader from{text};
    const int years = from.digits(4);
    from.expect("-");
    const auto months = static_cast<unsigned>(from.digits(2));
    from.expect("-");
    const auto days_of_month = static_cast<unsigned>(from.digits(2));
    from.expect("Tt ");
    const int hour = from.digits(2);
    from.expect(":");
    const int minute = from.digits(2);
    from.expect(":");
    const int second = from.digits(2);
    const int fraction = from.fraction();
    const int offset = from.offset();
    const year_month_day date{year{years}, month{months}, day{days_of_month}};
    if (!from.done() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    const auto time = sys_days{date} + hours{hour} + minutes{minute - offset} + seconds{second};
    return duration_cast<microseconds>(time.time_since_epoch()).count() + fraction;
}

}  // namespace tapes::text
