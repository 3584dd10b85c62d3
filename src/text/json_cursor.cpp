#include <tapes/text/json_cursor.hpp>

#include <cstring>

namespace tapes::text {
namespace {

bool ends_scalar(char c) noexcept {
    constexpr std::string_view marks = ",:]}[{\" \n\r\t";
    return std::memchr(marks.data(), c, marks.size()) != nullptr;
}

}  // namespace

const char* json_string_end(const char* at, const char* end) noexcept {
    while (at != end) {
        const auto* const quote =
            static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
        if (quote == nullptr) {
            return nullptr;
        }
        const auto* before = quote;
        while (before != at && before[-1] == '\\') {
            --before;
        }
        if ((quote - before) % 2 == 0) {
            return quote + 1;
        }
        at = quote + 1;
    }
    return nullptr;
}

std::string_view json_cursor::string() noexcept {
    if (!take('"')) {
        failed_ = true;
        return {};
    }
    const char* const start = at_;
    skip_string();
    return failed_ ? std::string_view{} : std::string_view{start, static_cast<std::size_t>(at_ - start - 1)};
}

void json_cursor::skip_value() noexcept {
    const char first = peek();
    if (first == '"') {
        ++at_;
        skip_string();
    } else if (first == '{' || first == '[') {
        skip_nested();
    } else {
        const char* const start = at_;
        while (at_ != end_ && first != '\0' && !ends_scalar(*at_)) {
            ++at_;
        }
        failed_ = failed_ || at_ == start;
    }
}

void json_cursor::skip_string() noexcept {
    const char* const behind = json_string_end(at_, end_);
    at_ = behind == nullptr ? end_ : behind;
    failed_ = failed_ || behind == nullptr;
}

void json_cursor::skip_nested() noexcept {
    std::size_t depth = 0;
    while (at_ != end_) {
        const char c = *at_++;
        if (c == '"') {
            skip_string();
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return;
        }
    }
    failed_ = true;
}

}  // namespace tapes::text
