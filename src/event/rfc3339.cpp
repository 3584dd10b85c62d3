#include <tapes/event/rfc3339.hpp>

#include <chrono>

namespace tapes::event {
namespace {

/// Takes what stands at the front, or remembers that it does not.
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
        for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++count) {
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
        good_ = good_ && c >= '0' && c <= '9';
        rest_.remove_prefix(rest_.empty() ? 0 : 1);
        return good_ ? c - '0' : 0;
    }

    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
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

}  // namespace tapes::event
