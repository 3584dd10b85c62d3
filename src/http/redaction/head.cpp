#include "redaction/head.hpp"

#include "redaction/credentials.hpp"
#include "redaction/letters.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/hex.hpp>

#include <array>

namespace tapes::http {
namespace {

using text::ends_ignoring_case;
using text::equal_ignoring_case;
using text::trimmed;

bool is_scheme(std::string_view word) noexcept {
    constexpr std::size_t longest = 24;  // a key that stands in its place is longer
    return word.size() <= longest && std::ranges::all_of(word, [](char c) {
               return text::is_letter(c) || text::is_digit(c) || c == '-' || c == '_';
           });
}

/// Returns the key that a browser gives as a subprotocol, as it can set no other field (OpenAI's Realtime
/// API).
std::string_view key_in_protocols(std::string_view value) noexcept {
    constexpr std::string_view before = "openai-insecure-api-key.";
    const auto at = value.find(before);
    if (at == std::string_view::npos) {
        return {};
    }
    value.remove_prefix(at + before.size());
    return trimmed(value.substr(0, value.find(',')));
}

/// Returns what follows a scheme that is known, else all: other first words may belong to the secret.
std::string_view after_known_scheme(std::string_view value) noexcept {
    static constexpr std::array<std::string_view, 4> schemes{"bearer", "basic", "token", "apikey"};
    const auto word = value.substr(0, text::find_any(value, " \t"));
    return std::ranges::any_of(schemes, [&](auto one) { return equal_ignoring_case(word, one); })
               ? after_scheme(value)
               : value;
}

/// The letters of the words without which a field is plain.
constexpr std::array telling_words{
    letters_of("auth"),      letters_of("cookie"),   letters_of("credential"), letters_of("jwt"),
    letters_of("key"),       letters_of("location"), letters_of("origin"),     letters_of("passphrase"),
    letters_of("protocol"),  letters_of("pwd"),      letters_of("referer"),    letters_of("secret"),
    letters_of("signature"), letters_of("token"),    letters_of("vk"),
};

}  // namespace

field_kind kind_of(std::string_view name, bool in_request, const name_rules& rules) {
    static constexpr std::array<std::string_view, 6> endings{
        "api-key", "apikey", "auth-token", "access-token", "security-token", "subscription-key"};
    static constexpr std::array<std::string_view, 5> urls{"referer", "location", "content-location", "origin",
                                                          "x-original-url"};
    if (rules.headers.empty() && !may_hold_any(letters_of(name), telling_words)) {
        return field_kind::plain;
    }
    if (ends_ignoring_case(name, "authorization")) {
        return field_kind::authorization;
    }
    if (equal_ignoring_case(name, "cookie")) {
        return field_kind::cookie;
    }
    if (equal_ignoring_case(name, "set-cookie")) {
        return field_kind::set_cookie;
    }
    if (equal_ignoring_case(name, "sec-websocket-protocol")) {
        return field_kind::protocols;
    }
    const auto added = rules.headers.kind_of(name);
    const bool is_name_of_key = equal_ignoring_case(name, "x-bf-api-key");
    if (added == name_kind::named || (!is_name_of_key && std::ranges::any_of(endings, [&](auto end) {
            return ends_ignoring_case(name, end);
        }))) {
        return field_kind::secret;
    }
    if (added == name_kind::shaped || (in_request && (equal_ignoring_case(name, "key") ||
                                                      has_credential_shape(name, name_place::header)))) {
        return field_kind::shaped;
    }
    return std::ranges::any_of(urls, [&](auto one) { return equal_ignoring_case(name, one); })
               ? field_kind::url
               : field_kind::plain;
}

std::string_view value_of(std::string_view line, std::size_t colon) noexcept {
    return trimmed(line.substr(colon + 1), " \t\r\n");
}

std::string_view target_of(std::string_view start_line) noexcept {
    const auto first = start_line.find(' ');
    if (first == std::string_view::npos || start_line.starts_with("HTTP/")) {
        return {};
    }
    const auto last = start_line.rfind(' ');
    return start_line.substr(first + 1, last > first ? last - first - 1 : std::string_view::npos);
}

std::string_view secret_part(field_kind kind, std::string_view value) noexcept {
    switch (kind) {
        case field_kind::plain:
            // JSON, or a URL (Helicone's `Helicone-Target-URL`), whatever the field's name
            return value.starts_with('{') || value.starts_with('[') || value.find("://") != value.npos
                       ? value
                       : std::string_view{};
        case field_kind::authorization:
            return after_scheme(value);
        case field_kind::shaped:
            return after_known_scheme(value);
        case field_kind::protocols:
            return key_in_protocols(value);
        default:
            return value;
    }
}

std::string_view after_scheme(std::string_view value) noexcept {
    const auto space = text::find_any(value, " \t");
    if (space == std::string_view::npos || !is_scheme(value.substr(0, space))) {
        return value;
    }
    return trimmed(value.substr(space));
}

bool is_redacted(std::string_view value) noexcept {
    constexpr std::string_view prefix = "redacted:";
    return value.size() == prefix.size() + 8 && value.starts_with(prefix) &&
           text::is_lower_hex(value.substr(prefix.size()));
}

}  // namespace tapes::http
