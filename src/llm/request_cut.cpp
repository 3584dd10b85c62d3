#include <tapes/llm/request_cut.hpp>

#include <algorithm>
#include <cstring>

namespace tapes::llm {
namespace {

/// Walks over JSON text by its brackets and quotes.
class walker {
public:
    explicit walker(std::string_view text) noexcept
        : begin_{text.data()}, at_{text.data()}, end_{text.data() + text.size()} {}

    std::size_t offset() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
    bool failed() const noexcept { return failed_; }

    /// The next byte that is no white space; NUL at the end.
    char peek() noexcept {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
            ++at_;
        }
        return at_ == end_ ? '\0' : *at_;
    }

    bool take(char wanted) noexcept {
        const bool there = peek() == wanted;
        at_ += there ? 1 : 0;
        return there;
    }

    /// The bytes of a string without its quotes.
    std::string_view string() noexcept {
        if (!take('"')) {
            failed_ = true;
            return {};
        }
        const char* const start = at_;
        skip_string();
        return failed_ ? std::string_view{}
                       : std::string_view{start, static_cast<std::size_t>(at_ - start - 1)};
    }

    void value() noexcept {
        const char first = peek();
        if (first == '"') {
            ++at_;
            skip_string();
        } else if (first == '{' || first == '[') {
            skip_nested();
        } else {
            const char* const start = at_;
            while (at_ != end_ && std::strchr(",]} \n\r\t", *at_) == nullptr) {
                ++at_;
            }
            failed_ = failed_ || at_ == start;
        }
    }

private:
    /// To behind the closing quote; behind the opening one now.
    void skip_string() noexcept {
        const char* const start = at_;
        while (at_ != end_) {
            const auto* const quote =
                static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
            if (quote == nullptr) {
                break;
            }
            const char* before = quote;
            while (before != start && before[-1] == '\\') {
                --before;
            }
            at_ = quote + 1;
            if ((quote - before) % 2 == 0) {
                return;
            }
        }
        at_ = end_;
        failed_ = true;
    }

    void skip_nested() noexcept {
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

    const char* begin_;
    const char* at_;
    const char* end_;
    bool failed_ = false;
};

/// The elements of the array at the walker, which is left behind its bracket.
cut_place cut_elements(walker& at, std::string_view body, std::string_view key) {
    cut_place place;
    place.key = key;
    place.history = true;
    at.take('[');
    place.begin = place.end = at.offset();
    while (!at.failed() && at.peek() != ']') {
        if (!place.pieces.empty() && !at.take(',')) {
            return {};
        }
        at.value();
        place.pieces.push_back(body.substr(place.end, at.offset() - place.end));
        place.end = at.offset();
    }
    at.take(']');
    return place;
}

}  // namespace

std::optional<request_cut> cut_request(const api& of, std::string_view body, std::size_t least_bytes) {
    request_cut cut;
    std::vector<std::string_view> keys;
    walker at{body};
    if (!at.take('{')) {
        return std::nullopt;
    }
    for (bool first = true; !at.failed() && at.peek() != '}'; first = false) {
        if (!first && !at.take(',')) {
            return std::nullopt;
        }
        const auto key = at.string();
        if (at.failed() || !at.take(':') || key.find('\\') != std::string_view::npos ||
            std::find(keys.begin(), keys.end(), key) != keys.end()) {
            return std::nullopt;
        }
        keys.push_back(key);
        const char start = at.peek();
        const auto begin = at.offset();
        if (key == of.history && start == '[') {
            auto place = cut_elements(at, body, key);
            if (!place.history) {
                return std::nullopt;
            }
            if (!place.pieces.empty()) {
                cut.history = cut.places.size();
                cut.places.push_back(std::move(place));
            }
            continue;
        }
        at.value();
        const bool stands = std::find(of.standing.begin(), of.standing.end(), key) != of.standing.end();
        if (stands && at.offset() - begin >= least_bytes && !key.empty()) {
            cut.places.push_back({begin, at.offset(), key, {body.substr(begin, at.offset() - begin)}, false});
        }
    }
    if (at.failed() || !at.take('}') || at.peek() != '\0') {
        return std::nullopt;
    }
    return cut;
}

std::string_view member_text(std::string_view object, std::string_view key) noexcept {
    walker at{object};
    at.take('{');
    for (bool first = true; !at.failed() && (first || at.take(',')); first = false) {
        const auto name = at.string();
        if (at.failed() || !at.take(':')) {
            break;
        }
        if (name == key && at.peek() == '"') {
            return at.string();
        }
        at.value();
    }
    return {};
}

std::string_view element_of(std::string_view piece) noexcept {
    const auto start = piece.find_first_not_of(", \n\r\t");
    return start == std::string_view::npos ? std::string_view{} : piece.substr(start);
}

std::string without_known(std::string_view body, const request_cut& cut, std::size_t first) {
    std::string out;
    std::size_t at = 0;
    for (const auto& place : cut.places) {
        out.append(body.substr(at, place.begin - at));
        at = place.end;
        if (place.history) {
            for (std::size_t i = first; i < place.pieces.size(); ++i) {
                out.append(i == first ? element_of(place.pieces[i]) : place.pieces[i]);
            }
        } else if (place.key == "tools") {
            out.append("null");
        } else {
            out.append(place.pieces.front());
        }
    }
    return out.append(body.substr(at));
}

}  // namespace tapes::llm
