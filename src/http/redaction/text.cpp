#include "redaction/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace tapes::http {
namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char l = lower_ascii(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// The code unit of `\uXXXX` at the start of `text`, or -1.
int code_unit(std::string_view text) noexcept {
    if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') {
        return -1;
    }
    int unit = 0;
    for (std::size_t i = 2; i < 6; ++i) {
        const int digit = hex_digit(text[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0u | (code >> 6u));
        out += static_cast<char>(0x80u | (code & 0x3fu));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0u | (code >> 12u));
        out += static_cast<char>(0x80u | ((code >> 6u) & 0x3fu));
        out += static_cast<char>(0x80u | (code & 0x3fu));
    } else {
        out += static_cast<char>(0xf0u | (code >> 18u));
        out += static_cast<char>(0x80u | ((code >> 12u) & 0x3fu));
        out += static_cast<char>(0x80u | ((code >> 6u) & 0x3fu));
        out += static_cast<char>(0x80u | (code & 0x3fu));
    }
}

/// What stands after the backslash in the short escape of a character, or 0.
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

bool is_plain(char c) noexcept {
    const char l = lower_ascii(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
}

/// The longest part of `value` that no JSON writer escapes.
std::string_view anchor_of(std::string_view value) noexcept {
    std::string_view best;
    for (std::size_t i = 0; i < value.size();) {
        std::size_t end = i;
        while (end < value.size() && is_plain(value[end])) {
            ++end;
        }
        if (end - i > best.size()) {
            best = value.substr(i, end - i);
        }
        i = end + 1;
    }
    return best;
}

/// How many bytes at the start of `text` stand for `c`; 0 when they do not.
std::size_t length_of(std::string_view text, char c) noexcept {
    if (text.empty()) {
        return 0;
    }
    if (text[0] == '\\' && text.size() > 1) {
        if (const char escape = short_escape(c); escape != 0 && text[1] == escape) {
            return 2;
        }
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && code_unit(text) == byte) {
            return 6;
        }
    }
    return text[0] == c ? 1 : 0;
}

/// How many bytes at the end of `text` stand for `value`; 0 when they do not.
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

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) noexcept {
    return std::ranges::any_of(names, [&](std::string_view one) { return is_named(name, one); });
}

/// How many bytes at the start of `text`, which is not empty, stand for one, and for which.
std::size_t escape_length(std::string_view text, char& meant) noexcept {
    meant = text[0];
    if (text[0] != '\\' || text.size() < 2) {
        return 1;
    }
    if (const int unit = code_unit(text); unit >= 0 && unit < 0x80) {
        meant = static_cast<char>(unit);
        return 6;
    }
    constexpr std::string_view after = "\"\\/bfnrt";
    constexpr std::string_view stands_for = "\"\\/\b\f\n\r\t";
    const auto which = after.find(text[1]);
    meant = which == std::string_view::npos ? meant : stands_for[which];
    return which == std::string_view::npos ? 1 : 2;
}

/// Where `value` stands in `body`, as it is (`escaped` false) or with escapes, in linear time (Knuth, Morris
/// and Pratt): to compare it at each place would cost the product of the lengths, which a sender could
/// choose.
void search_linear(std::string_view body, std::string_view value, bool escaped,
                   std::vector<credential_range>& out) {
    std::vector<std::size_t> border(value.size() + 1, 0);  // of the first i bytes
    for (std::size_t i = 1, known = 0; i < value.size(); ++i) {
        while (known > 0 && value[i] != value[known]) {
            known = border[known];
        }
        known += value[i] == value[known] ? 1 : 0;
        border[i + 1] = known;
    }
    std::vector<std::size_t> begins(value.size());  // of the last bytes read, by their number
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

/// Adds the values of credential parameters of `text`, where any of `separators` stands between parameters.
template <std::size_t N>
void parameters(std::string_view text, std::size_t from, std::string_view separators, bool plus_is_space,
                const std::array<std::string_view, N>& names, std::vector<credential_range>& out) {
    while (from < text.size()) {
        const auto end = std::min(text.find_first_of(separators, from), text.size());
        const auto pair = text.substr(from, end - from);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && equals + 1 < pair.size()) {
            const auto name = pair.substr(0, equals);
            const bool encoded = name.find('%') != std::string_view::npos;
            if (encoded ? is_one_of(percent_decoded(name), names) : is_one_of(name, names)) {
                const auto value = pair.substr(equals + 1);
                out.push_back({from + equals + 1, value.size(), percent_decoded(value, plus_is_space)});
            }
        }
        from = end + 1;
    }
}

}  // namespace

char lower_ascii(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_named(std::string_view text, std::string_view lower_name) noexcept {
    return std::ranges::equal(text, lower_name, [](char a, char b) { return lower_ascii(a) == b; });
}

bool is_ending(std::string_view text, std::string_view lower_end) noexcept {
    return text.size() >= lower_end.size() &&
           is_named(text.substr(text.size() - lower_end.size()), lower_end);
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string percent_decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string json_unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        if (const int unit = code_unit(text.substr(i)); unit >= 0) {
            auto code = static_cast<unsigned>(unit);
            i += 5;
            const int low = code >= 0xd800 && code < 0xdc00 ? code_unit(text.substr(i + 1)) : -1;
            if (low >= 0xdc00 && low < 0xe000) {
                code = 0x10000 + ((code - 0xd800) << 10u) + (static_cast<unsigned>(low) - 0xdc00);
                i += 6;
            }
            append_utf8(out, code);
            continue;
        }
        constexpr std::string_view after = "bfnrt";
        constexpr std::string_view meant = "\b\f\n\r\t";
        const auto which = after.find(text[++i]);
        out += which == std::string_view::npos ? text[i] : meant[which];
    }
    return out;
}

std::vector<credential_range> credentials_in_url(std::string_view url) {
    static constexpr std::array<std::string_view, 17> names{"key",
                                                            "api_key",
                                                            "api-key",
                                                            "apikey",
                                                            "access_token",
                                                            "token",
                                                            "auth_token",
                                                            "id_token",
                                                            "refresh_token",
                                                            "client_secret",
                                                            "password",
                                                            "secret",
                                                            "subscription-key",
                                                            "sig",
                                                            "x-amz-security-token",
                                                            "x-goog-api-key",
                                                            "x-amz-signature"};
    std::vector<credential_range> out;
    const auto query = std::min(url.find_first_of("?#"), url.size());
    for (auto slashes = url.find("//"); slashes != std::string_view::npos && slashes < url.size();) {
        const auto start = slashes + 2;
        const auto end = std::min(url.find_first_of("/?#&", start), url.size());
        const auto at = url.substr(start, end - start).rfind('@');
        if (at != std::string_view::npos && at > 0) {
            out.push_back({start, at, percent_decoded(url.substr(start, at))});
        }
        slashes = url.find("//", end > start ? end : start);
    }
    parameters(url, query + 1, "&;?#", false, names, out);
    return out;
}

std::vector<credential_range> credentials_in_form(std::string_view body) {
    static constexpr std::array<std::string_view, 15> names{
        "access_token", "refresh_token", "id_token",         "client_secret", "api_key",
        "token",        "code",          "code_verifier",    "password",      "assertion",
        "device_code",  "subject_token", "client_assertion", "actor_token",   "authorization_token"};
    std::vector<credential_range> out;
    parameters(body, 0, "&", true, names, out);
    return out;
}

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
    // Without a plain part of some length the first byte would have to do: then only the value as it is.
    const auto anchor = plain.size() >= 3 ? plain : value;
    const auto offset = static_cast<std::size_t>(anchor.data() - value.data());
    const auto before = value.substr(0, offset);
    const auto after = value.substr(offset + anchor.size());
    // memmem and not find(): that stops at every byte that equals the first one.
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
