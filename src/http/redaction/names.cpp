#include "redaction/names.hpp"

#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>

// The tables of this file are those of docs/credentials.md, which names their sources.
namespace tapes::http {
namespace {

/// Longer names are no names of credentials.
constexpr std::size_t longest_name = 128;

bool starts(std::string_view name, std::size_t at, std::string_view word) noexcept {
    return text::starts_ignoring_case(name.substr(at), word);
}

bool is_upper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}

/// Tells whether `name` ends in `word`, which begins a word there: `x-secret-key`, `secretKey`, but not
/// `monkey`.
bool ends_in_word(std::string_view name, std::string_view word) noexcept {
    if (!text::ends_ignoring_case(name, word)) {
        return false;
    }
    const auto at = name.size() - word.size();
    return at > 0 && ((!text::is_letter(name[at - 1]) && !text::is_digit(name[at - 1])) ||
                      (is_upper(name[at]) && !is_upper(name[at - 1])));
}

/// Tells whether `name` ends in the name of a key whose words run together.
bool ends_in_key(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 5> keys{"accesskey", "privatekey", "virtualkey",
                                                          "sharedkey", "subscriptionkey"};
    return std::ranges::any_of(keys, [&](auto one) { return text::ends_ignoring_case(name, one); });
}

/// The letters of the words that ends_as_credential and is_credential_word look for; those of a longer word
/// that has all letters of a shorter one (`password` those of `pwd`) need no set of their own.
constexpr std::array credential_words{
    letters_of("auth"),  letters_of("credential"), letters_of("jwt"),    letters_of("key"),
    letters_of("pwd"),   letters_of("passphrase"), letters_of("secret"), letters_of("signature"),
    letters_of("token"), letters_of("vk"),
};
constexpr std::array value_words{letters_of("string"), letters_of("cookie")};

/// Looks at the last letter first: most names are no credential's.
bool ends_as_credential(std::string_view name) noexcept {
    switch (name.empty() ? '\0' : text::to_lower(name.back())) {
        case 'y':
            return ends_in_word(name, "key") || ends_in_key(name);
        case 'k':
            return ends_in_word(name, "vk");
        case 'd':
            return ends_in_word(name, "pwd");
        default:
            return false;
    }
}

/// Tells whether a word that names credentials begins at `at`.
bool is_credential_word(std::string_view name, std::size_t at) noexcept {
    switch (text::to_lower(name[at])) {
        case 'a':
            if (starts(name, at, "auth")) {  // but no author or authority
                return !starts(name, at, "author") || starts(name, at, "authoriz") ||
                       starts(name, at, "authoris");
            }
            return starts(name, at, "apikey") || starts(name, at, "api-key") || starts(name, at, "api_key");
        case 'c':
            return starts(name, at, "credential");
        case 'j':
            return starts(name, at, "jwt");
        case 'p':
            return starts(name, at, "password") || starts(name, at, "passwd") ||
                   starts(name, at, "passphrase");
        case 's':
            return starts(name, at, "secret") || starts(name, at, "signature");
        case 't':
            return starts(name, at, "token") && !starts(name, at, "tokeni");  // but no tokenizer
        default:
            return false;
    }
}

/// Names that hold no credential although a word of theirs says so: whole ones, how they end, and what they
/// contain.
constexpr std::array harmless_names{
    std::string_view{"sec-websocket-key"},
    std::string_view{"x-bf-api-key"},
};
constexpr std::array harmless_endings{
    std::string_view{"tokens"},
    std::string_view{"idempotency-key"},
    std::string_view{"surrogate-key"},
    std::string_view{"cache-key"},
    std::string_view{"public-key"},
    std::string_view{"partition-key"},
    std::string_view{"routing-key"},
    std::string_view{"sort-key"},
    std::string_view{"primary-key"},
    std::string_view{"foreign-key"},
    std::string_view{"object-key"},
    std::string_view{"key-id"},
    std::string_view{"key-name"},
    std::string_view{"secret-name"},
    std::string_view{"token-name"},
    std::string_view{"token-type"},
    std::string_view{"token-id"},
    std::string_view{"token-ids"},
    std::string_view{"page-token"},
    std::string_view{"stop-token"},
    std::string_view{"eos-token"},
    std::string_view{"bos-token"},
    std::string_view{"pad-token"},
    std::string_view{"special-token"},
    std::string_view{"auth-type"},
    std::string_view{"auth-mode"},
    std::string_view{"auth-method"},
    std::string_view{"auth-scheme"},
    std::string_view{"authentication-type"},
    std::string_view{"credential-type"},
    std::string_view{"oauth-scopes"},
};
constexpr std::array harmless_parts{
    std::string_view{"ratelimit"},   std::string_view{"rate-limit"},  std::string_view{"tokens-"},
    std::string_view{"token-count"}, std::string_view{"token-limit"}, std::string_view{"token-budget"},
    std::string_view{"token-usage"},
};

/// Members of bodies that are no credentials: a token of `logprobs`, the signature of thinking.
constexpr std::array harmless_members{std::string_view{"token"}, std::string_view{"signature"},
                                      std::string_view{"thought-signature"}};

/// Known members and parameters, without what stands between their words.
constexpr std::array known_members{
    std::string_view{"accesstoken"},      std::string_view{"apikey"},
    std::string_view{"apikeystring"},     std::string_view{"apitoken"},
    std::string_view{"authorization"},    std::string_view{"authorizationtoken"},
    std::string_view{"authtoken"},        std::string_view{"awssecretaccesskey"},
    std::string_view{"awssessiontoken"},  std::string_view{"azureadtoken"},
    std::string_view{"bearertoken"},      std::string_view{"clientsecret"},
    std::string_view{"connectionstring"}, std::string_view{"encodedapikey"},
    std::string_view{"idtoken"},          std::string_view{"password"},
    std::string_view{"privatekey"},       std::string_view{"proxyauthorization"},
    std::string_view{"refreshtoken"},     std::string_view{"secretaccesskey"},
    std::string_view{"secretkey"},        std::string_view{"sessiontoken"},
    std::string_view{"xapikey"},
};
constexpr std::array known_queries{
    std::string_view{"accesstoken"},
    std::string_view{"apikey"},
    std::string_view{"apitoken"},
    std::string_view{"authtoken"},
    std::string_view{"clientsecret"},
    std::string_view{"idtoken"},
    std::string_view{"key"},
    std::string_view{"ocpapimsubscriptionkey"},
    std::string_view{"password"},
    std::string_view{"refreshtoken"},
    std::string_view{"secret"},
    std::string_view{"sig"},
    std::string_view{"subscriptionkey"},
    std::string_view{"token"},
    std::string_view{"xamzsecuritytoken"},
    std::string_view{"xamzsignature"},
    std::string_view{"xapikey"},
    std::string_view{"xgoogapikey"},
    std::string_view{"xgoogsignature"},
};
constexpr std::array known_forms{
    std::string_view{"accesstoken"},
    std::string_view{"actortoken"},
    std::string_view{"apikey"},
    std::string_view{"assertion"},
    std::string_view{"authorizationtoken"},
    std::string_view{"clientassertion"},
    std::string_view{"clientsecret"},
    std::string_view{"code"},
    std::string_view{"codeverifier"},
    std::string_view{"devicecode"},
    std::string_view{"idtoken"},
    std::string_view{"password"},
    std::string_view{"refreshtoken"},
    std::string_view{"subjecttoken"},
    std::string_view{"token"},
};

/// Returns true for a name in which something was replaced: redacting a second time must change nothing.
bool holds_token(std::string_view name) noexcept {
    return name.find("redacted:") != std::string_view::npos;
}

std::string without_separators(std::string canonical) {
    std::erase(canonical, '-');
    return canonical;
}

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
    return std::ranges::find(names, name) != names.end();
}

bool is_harmless(std::string_view canonical) noexcept {
    return is_among(harmless_names, canonical) ||
           std::ranges::any_of(harmless_endings, [&](auto end) { return canonical.ends_with(end); }) ||
           std::ranges::any_of(harmless_parts,
                               [&](auto part) { return canonical.find(part) != std::string_view::npos; });
}

/// Tells at a glance that a name is that of a figure of a usage, of which every answer has some: is_harmless
/// says the same of it.
bool is_count(std::string_view name) noexcept {
    constexpr std::string_view word = "tokens";
    const auto at = name.rfind(word);
    return at != std::string_view::npos && (at + word.size() == name.size() || name[at + word.size()] == '_');
}

template <std::size_t N>
name_kind parameter_kind(std::string_view name, const name_rules& rules,
                         const std::array<std::string_view, N>& known) {
    if (name.size() > longest_name) {
        return name_kind::plain;
    }
    if (const auto added = rules.fields.kind_of(name); added != name_kind::plain) {
        return added;
    }
    if (is_among(known, without_separators(canonical_name(name, name_place::member)))) {
        return name_kind::named;
    }
    return has_credential_shape(name, name_place::member) ? name_kind::shaped : name_kind::plain;
}

}  // namespace

name_list::name_list(const std::vector<std::string>& names, name_place where) : where_{where} {
    for (const auto& one : names) {
        auto name = canonical_name(one, where);
        (name.find('*') == std::string::npos ? known_ : shapes_).push_back(std::move(name));
    }
}

name_kind name_list::kind_of(std::string_view name) const {
    if (empty() || name.size() > longest_name || holds_token(name)) {
        return name_kind::plain;
    }
    const auto canonical = canonical_name(name, where_);
    if (std::ranges::find(known_, canonical) != known_.end()) {
        return name_kind::named;
    }
    return std::ranges::any_of(shapes_, [&](const auto& one) { return matches_shape(one, canonical); })
               ? name_kind::shaped
               : name_kind::plain;
}

std::string canonical_name(std::string_view name, name_place where) {
    std::string out;
    out.reserve(name.size() + 4);
    char before = '-';
    for (const char c : name) {
        if (c == '_' || c == '.' || c == ' ') {
            out += '-';
        } else {
            if (where == name_place::member && is_upper(c) &&
                (text::is_digit(before) || (text::is_letter(before) && !is_upper(before)))) {
                out += '-';
            }
            out += text::to_lower(c);
        }
        before = c;
    }
    return out;
}

bool matches_shape(std::string_view pattern, std::string_view text) noexcept {
    std::size_t in_pattern = 0;
    std::size_t in_text = 0;
    auto star = std::string_view::npos;
    std::size_t after_star = 0;
    while (in_text < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            after_star = in_text;
        } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[in_text]) {
            ++in_pattern;
            ++in_text;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            in_text = ++after_star;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

bool has_credential_shape(std::string_view name, name_place where) {
    if (name.size() > longest_name || !may_hold_any(letters_of(name), credential_words) || is_count(name)) {
        return false;
    }
    bool shaped = ends_as_credential(name);
    for (std::size_t at = 0; at < name.size() && !shaped; ++at) {
        shaped = is_credential_word(name, at);
    }
    if (!shaped || holds_token(name)) {
        return false;
    }
    return !is_harmless(canonical_name(name, where));
}

bool may_be_credential(letter_set letters) noexcept {
    return may_hold_any(letters, credential_words) || may_hold_any(letters, value_words);
}

name_kind member_kind(std::string_view name, const name_rules& rules) {
    if (name.size() > longest_name) {
        return name_kind::plain;
    }
    if (const auto added = rules.fields.kind_of(name); added != name_kind::plain) {
        return added;
    }
    if (!may_be_credential(letters_of(name))) {
        return name_kind::plain;
    }
    const bool is_connection = text::ends_ignoring_case(name, "string");
    const bool is_cookie = text::ends_ignoring_case(name, "cookie");
    if (!is_connection && !is_cookie && !has_credential_shape(name, name_place::member)) {
        return name_kind::plain;
    }
    const auto canonical = canonical_name(name, name_place::member);
    if (holds_token(name) || is_among(harmless_members, canonical)) {
        return name_kind::plain;
    }
    if (is_among(known_members, without_separators(canonical))) {
        return name_kind::named;
    }
    return !is_connection || text::ends_ignoring_case(canonical, "connection-string") ? name_kind::shaped
                                                                                      : name_kind::plain;
}

name_kind query_kind(std::string_view name, const name_rules& rules) {
    // The code of OAuth (RFC 6749 §4.1.2) is a word in other queries.
    return text::equal_ignoring_case(name, "code") ? name_kind::shaped
                                                   : parameter_kind(name, rules, known_queries);
}

name_kind form_kind(std::string_view name, const name_rules& rules) {
    return parameter_kind(name, rules, known_forms);
}

}  // namespace tapes::http
