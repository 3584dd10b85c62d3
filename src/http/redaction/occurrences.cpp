#include "redaction/credentials.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/json_string.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace tapes::http {
namespace {

/// Returns what stands after the backslash in the short escape of a character, or 0.
char short_escape(char c) noexcept {
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return c;
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

/// Returns the longest part of `value` that no JSON writer escapes.
std::string_view anchor_of(std::string_view value) noexcept {
    std::string_view best;
    for (std::size_t i = 0; i < value.size();) {
        std::size_t end = i;
        while (end < value.size() && text::is_unreserved(value[end])) {
            ++end;
        }
        if (end - i > best.size()) {
            best = value.substr(i, end - i);
        }
        i = end + 1;
    }
    return best;
}

/// Returns how many bytes at the start of `text` stand for `c`, 0 when they do not.
std::size_t length_of(std::string_view text, char c) noexcept {
    if (text.empty()) {
        return 0;
    }
    if (text[0] == '\\' && text.size() > 1) {
        if (const char escape = short_escape(c); escape != 0 && text[1] == escape) {
            return 2;
        }
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && text::json_code_unit(text) == byte) {
            return 6;
        }
    }
    return text[0] == c ? 1 : 0;
}

/// Returns how many bytes at the end of `text` stand for `value`, 0 when they do not.
std::size_t length_before(std::string_view text, std::string_view value) noexcept {
    std::size_t at = text.size();
    for (std::size_t i = value.size(); i-- > 0;) {
        constexpr std::array<std::size_t, 3> sizes{6, 2, 1};
        const auto found = std::ranges::find_if(sizes, [&](std::size_t size) {
            return at >= size && length_of(text.substr(at - size, size), value[i]) == size;
        });
        if (found == sizes.end()) {
            return 0;
        }
        at -= *found;
    }
    return text.size() - at;
}

/// Returns how many bytes at the start of `text` stand for `value`, 0 when they do not.
std::size_t length_after(std::string_view text, std::string_view value) noexcept {
    std::size_t at = 0;
    for (const char c : value) {
        const auto size = length_of(text.substr(at), c);
        if (size == 0) {
            return 0;
        }
        at += size;
    }
    return at;
}

/// Returns how many bytes at the start of `text`, which is not empty, stand for one character, and sets
/// `meant` to it.
std::size_t escape_length(std::string_view text, char& meant) noexcept {
    meant = text[0];
    if (text[0] != '\\' || text.size() < 2) {
        return 1;
    }
    if (const int unit = text::json_code_unit(text); unit >= 0 && unit < 0x80) {
        meant = static_cast<char>(unit);
        return 6;
    }
    constexpr std::string_view after = "\"\\/bfnrt";
    constexpr std::string_view stands_for = "\"\\/\b\f\n\r\t";
    const auto which = after.find(text[1]);
    meant = which == std::string_view::npos ? meant : stands_for[which];
    return which == std::string_view::npos ? 1 : 2;
}

/// Finds where `value` stands in `body`, as it is (`escaped` false) or with escapes, in linear time (Knuth,
/// Morris and Pratt). To compare it at each place would cost the product of the lengths, which a sender could
/// choose.
void search_linear(std::string_view body, std::string_view value, bool escaped,
                   std::vector<credential_range>& out) {
    std::vector<std::size_t> border(value.size() + 1, 0);  // border[i] is that of the first i bytes
    for (std::size_t i = 1, known = 0; i < value.size(); ++i) {
        while (known > 0 && value[i] != value[known]) {
            known = border[known];
        }
        known += value[i] == value[known] ? 1 : 0;
        border[i + 1] = known;
    }
    std::vector<std::size_t> begins(value.size());  // of the last characters read, by their number
    std::size_t matched = 0;
    std::size_t number = 0;
    for (std::size_t at = 0; at < body.size(); ++number) {
        char meant = body[at];
        begins[number % value.size()] = at;
        at += escaped ? escape_length(body.substr(at), meant) : 1;
        while (matched > 0 && meant != value[matched]) {
            matched = border[matched];
        }
        matched += meant == value[matched] ? 1 : 0;
        if (matched == value.size()) {
            const auto begin = begins[(number + 1) % value.size()];
            out.push_back({begin, at - begin, std::string{value}});
            matched = 0;
        }
    }
}

void occurrences_of_long(std::string_view body, std::string_view value, std::vector<credential_range>& out) {
    search_linear(body, value, false, out);
    search_linear(body, value, true, out);
}

}  // namespace

void occurrences(std::string_view body, std::string_view value, std::vector<credential_range>& out) {
    if (value.empty()) {
        return;
    }
    const auto plain = anchor_of(value);
    constexpr std::size_t long_value = 256;
    if (value.size() > long_value && plain.size() < value.size()) {
        occurrences_of_long(body, value, out);
        return;
    }
    // Without a plain part of some length every byte would be a candidate, so only the value as it is is
    // searched for.
    const auto anchor = plain.size() >= 3 ? plain : value;
    const auto offset = static_cast<std::size_t>(anchor.data() - value.data());
    const auto before = value.substr(0, offset);
    const auto after = value.substr(offset + anchor.size());
    // memmem and not find(), which stops at every byte that equals the first one.
    const auto next = [&](std::size_t from) {
        const void* found = from < body.size() ? ::memmem(body.data() + from, body.size() - from,
                                                          anchor.data(), anchor.size())
                                               : nullptr;
        return found == nullptr ? std::string_view::npos
                                : static_cast<std::size_t>(static_cast<const char*>(found) - body.data());
    };
    for (auto at = next(0); at != std::string_view::npos; at = next(at + 1)) {
        if (at >= offset && body.substr(at - offset, value.size()) == value) {
            out.push_back({at - offset, value.size(), std::string{value}});
            at += value.size() - offset - 1;
            continue;
        }
        const auto head = length_before(body.substr(0, at), before);
        const auto tail = length_after(body.substr(at + anchor.size()), after);
        if ((head > 0 || before.empty()) && (tail > 0 || after.empty())) {
            out.push_back({at - head, head + anchor.size() + tail, std::string{value}});
            at += anchor.size() + tail - 1;
        }
    }
}

}  // namespace tapes::http
