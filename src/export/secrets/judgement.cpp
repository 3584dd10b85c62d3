#include "secrets/judgement.hpp"

#include <tapes/export/secrets.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

namespace tapes::exports {

namespace {

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit_character(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::string lower_case(std::string_view text) {
    std::string made{text};
    for (auto& c : made) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return made;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
    return std::ranges::any_of(
        words, [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

/// How many of the neighbours follow each other in the alphabet, or are the same.
bool is_sequence(std::string_view value) noexcept {
    std::size_t steps = 0;
    for (std::size_t i = 1; i < value.size(); ++i) {
        const int step = value[i] - value[i - 1];
        steps += step == 0 || step == 1 || step == -1 ? 1 : 0;
    }
    return value.size() >= 8 && steps * 2 > value.size();
}

struct character_classes {
    std::size_t lower = 0, upper = 0, digits = 0, others = 0;

    explicit character_classes(std::string_view text) noexcept {
        for (const char c : text) {
            if (is_digit_character(c)) {
                ++digits;
            } else if (is_letter(c)) {
                ++(c >= 'a' ? lower : upper);
            } else {
                ++others;
            }
        }
    }
    int count() const noexcept {
        return (lower != 0 ? 1 : 0) + (upper != 0 ? 1 : 0) + (digits != 0 ? 1 : 0) + (others != 0 ? 1 : 0);
    }
};

/// `process.env.TOKEN`, `$TOKEN`, `./file`, `https://…`: where a value stands, and not the value.
bool is_reference(std::string_view value) noexcept {
    static constexpr std::array<std::string_view, 15> beginnings{
        "process.env", "os.environ", "os.getenv", "env.", "ENV[", "secrets.", "vault:", "$",
        "%",           "/",          "./",        "../",  "~/",   "arn:",     "file:"};
    return value.find("://") != std::string_view::npos || value.find("()") != std::string_view::npos ||
           std::ranges::any_of(beginnings,
                               [value](std::string_view start) { return value.starts_with(start); });
}

/// A name that speaks of passwords, which people choose.
bool names_password(std::string_view name) noexcept {
    return has_any(name, {"passw", "pwd", "passphrase"});
}

/// A name that speaks of something about a secret, not of the secret.
bool names_no_secret(std::string_view name) noexcept {
    return has_any(name,
                   {"hash",  "sha1",  "sha2",        "digest", "checksum", "fingerprint", "public", "file",
                    "path",  "url",   "uri",         "count",  "type",     "length",      "limit",  "name",
                    "field", "label", "placeholder", "regex",  "pattern",  "max",         "min_"}) ||
           name.ends_with("_id") || name.ends_with("id") || name.ends_with("tokens");
}

}  // namespace

double entropy_of(std::string_view text) noexcept {
    std::array<std::size_t, 256> counts{};
    for (const char c : text) {
        ++counts[static_cast<unsigned char>(c)];
    }
    double bits = 0;
    for (const auto count : counts) {
        if (count != 0) {
            const double share = static_cast<double>(count) / static_cast<double>(text.size());
            bits -= share * std::log2(share);
        }
    }
    return bits;
}

bool is_placeholder(std::string_view value) noexcept {
    constexpr double least_entropy = 2.0;
    const auto lower = lower_case(value.substr(0, 512));
    return has_any(lower, {"example",    "placeholder", "your",    "redacted", "changeme",     "change_me",
                           "change-me",  "xxxx",        "dummy",   "insert",   "....",         "...",
                           "****",       "{{",          "${",      "<",        "\xe2\x80\xa6", "0000000000",
                           "1234567890", "abcdefghij",  "deadbeef"}) ||
           is_sequence(value) || (value.size() >= 8 && entropy_of(value) < least_entropy);
}

bool is_uuid(std::string_view value) noexcept {
    constexpr std::size_t size = 36;
    if (value.size() != size) {
        return false;
    }
    for (std::size_t i = 0; i < size; ++i) {
        const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = value[i];
        const bool hex = is_digit_character(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (hyphen ? c != '-' : !hex) {
            return false;
        }
    }
    return true;
}

bool looks_random(std::string_view value) noexcept {
    constexpr double least_entropy = 3.0;
    const character_classes classes{value};
    const auto letters = classes.lower + classes.upper;
    // Of 16 random characters of 62 ones some 2.6 are digits; names of things have few.
    return !is_placeholder(value) && !is_uuid(value) && letters != 0 && classes.digits != 0 &&
           classes.digits * 20 >= value.size() && entropy_of(value) >= least_entropy;
}

bool looks_like_password(std::string_view value) noexcept {
    static constexpr std::array<std::string_view, 20> words{
        "password",  "passwd", "pass",     "secret", "pw",       "pwd",  "token",
        "key",       "user",   "username", "string", "none",     "null", "required",
        "undefined", "true",   "false",    "test",   "postgres", "root"};
    const auto lower = lower_case(value.substr(0, 512));
    return !is_placeholder(value) && !is_reference(value) && !value.starts_with('{') &&
           !value.starts_with('[') && std::ranges::find(words, lower) == words.end();
}

double unguessable_of(std::string_view value) noexcept {
    constexpr double caution = 0.75;
    std::string_view longest;
    for (std::size_t at = 0; at < value.size();) {
        const auto part = value.substr(at, value.find_first_of("-_.:/= \n\r\t\\", at) - at);
        longest = part.size() > longest.size() ? part : longest;
        at += part.size() + 1;
    }
    return caution * static_cast<double>(longest.size()) * entropy_of(longest);
}

bool is_secret_member(std::string_view name, std::string_view value) {
    constexpr std::size_t longest_value = 4096;
    constexpr std::size_t least_password = 6;
    constexpr std::size_t least_token = 16;
    const auto lower = lower_case(name.substr(0, 128));
    if (value.size() > longest_value || names_no_secret(lower) || is_reference(value) ||
        value.find_first_of(" \t\r\n") != std::string_view::npos) {
        return false;
    }
    if (names_password(lower)) {
        // A word of small letters alone may be a label, a type or another name as well.
        return value.size() >= least_password && looks_like_password(value) &&
               character_classes{value}.count() >= 2 && character_classes{value}.digits != 0;
    }
    return has_any(lower, {"secret", "token", "api_key", "apikey", "api-key", "access_key", "accesskey",
                           "access-key", "auth_key", "authkey", "private_key", "privatekey", "private-key",
                           "encryption_key", "signing_key", "master_key", "credential", "authorization"}) &&
           value.size() >= least_token && looks_random(value);
}

}  // namespace tapes::exports
