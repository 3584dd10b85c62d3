#include <tapes/text/json_string.hpp>
#include <tapes/text/json_view.hpp>
#include <tapes/text/work_meter.hpp>

#include <charconv>
#include <cmath>
#include <system_error>

namespace tapes::text {

namespace {

constexpr std::string_view json_space = " \t\r\n";

}  // namespace

bool is_one_value(std::string_view text) noexcept {
    json_cursor at{text};
    const char first = at.peek();
    if (first != '{' && first != '[') {
        return false;
    }
    at.skip_value();
    return !at.failed() && at.peek() == '\0' && at.offset() == text.size();
}

json_view::json_view(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(json_space);
    if (first != std::string_view::npos) {
        raw_ = text.substr(first, text.find_last_not_of(json_space) - first + 1);
    }
}

json_view json_view::next_value(json_cursor& at) const {
    (void)at.peek();
    const auto begin = at.offset();
    at.skip_value();
    count_work(at.offset() - begin + 1);
    return at.failed() ? json_view{} : json_view{raw_.substr(begin, at.offset() - begin)};
}

std::string json_view::unescaped(std::string_view inside) {
    return json_unescaped(inside);
}

json_view json_view::operator[](std::string_view name) const {
    json_view found;
    if (!is_object()) {
        return found;
    }
    json_cursor at{raw_};
    at.take('{');
    while (at.peek() == '"') {
        const auto key = at.string();
        at.take(':');
        const auto value = next_value(at);
        if (at.failed()) {
            break;
        }
        const bool same =
            key.find('\\') == std::string_view::npos ? key == name : json_unescaped(key) == name;
        if (same) {
            found = value;
        }
        at.take(',');
    }
    return found;
}

std::string json_view::text() const {
    return string().value_or(std::string{});
}

std::optional<std::string> json_view::string() const {
    std::string out;
    if (!is_string() || decode_json_string(raw_, out) != raw_.size()) {
        return std::nullopt;
    }
    return out;
}

std::optional<double> json_view::number() const {
    double value = 0;
    const auto* const end = raw_.data() + raw_.size();
    const auto [behind, failed] = std::from_chars(raw_.data(), end, value);
    const bool whole = failed == std::errc{} && behind == end && !raw_.empty() && std::isfinite(value);
    return whole ? std::optional{value} : std::nullopt;
}

std::optional<std::int64_t> json_view::integer() const {
    std::int64_t value = 0;
    const auto* const end = raw_.data() + raw_.size();
    const auto [behind, failed] = std::from_chars(raw_.data(), end, value);
    if (failed == std::errc{} && behind == end && !raw_.empty()) {
        return value;
    }
    const auto wide = number();
    constexpr double most = 9007199254740992.0;  // 2^53
    const bool exact = wide && std::floor(*wide) == *wide && *wide >= -most && *wide <= most;
    return exact ? std::optional{static_cast<std::int64_t>(*wide)} : std::nullopt;
}

std::optional<bool> json_view::boolean() const noexcept {
    if (raw_ == "true" || raw_ == "false") {
        return raw_ == "true";
    }
    return std::nullopt;
}

}  // namespace tapes::text
