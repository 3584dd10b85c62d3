#include "callers.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/percent.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace tapes::relay {

namespace {

constexpr std::string_view token_prefix = "/t/";
constexpr std::string_view proxy_authorization = "proxy-authorization";
constexpr std::string_view hidden_token = "***";

bool holds_token(std::string_view field_name) {
    return http::equal_names(field_name, token_field) || http::equal_names(field_name, proxy_authorization);
}

/// Returns the token of `Bearer TOKEN` (RFC 6750 §2.1).
std::string_view bearer_token(std::string_view value) {
    constexpr std::string_view scheme = "bearer ";
    return text::starts_ignoring_case(value, scheme) ? text::trimmed(value.substr(scheme.size()))
                                                     : std::string_view{};
}

/// Returns where the path of a target begins: behind the authority of an absolute form (RFC 9112 §3.2.2).
std::size_t path_start(std::string_view target) {
    const auto scheme = target.find("://");
    if (target.starts_with('/') || scheme == std::string_view::npos) {
        return 0;
    }
    return std::min(text::find_any(target, "/?#", scheme + 3), target.size());
}

/// Appends `line` with each occurrence of `token` hidden: clients repeat the URL that they were given, in
/// Referer for instance.
void append_without(std::string& out, std::string_view line, std::string_view token) {
    for (auto at = line.find(token); !token.empty() && at != std::string_view::npos; at = line.find(token)) {
        out.append(line.substr(0, at)).append(hidden_token);
        line.remove_prefix(at + token.size());
    }
    out.append(line);
}

}  // namespace

caller_list::caller_list(const options& settings) : wants_certificate_{!settings.client_ca.empty()} {
    for (const auto& [name, token] : settings.clients) {
        known_.push_back({digest_of(token), name});
    }
}

caller_list::digest caller_list::digest_of(std::string_view token) {
    digest made{};
    EVP_Digest(token.data(), token.size(), made.data(), nullptr, EVP_sha256(), nullptr);
    return made;
}

/// Compares digests of one size, and all of them, so that the time taken says nothing about a token.
const std::string* caller_list::find(std::string_view token) const {
    const auto wanted = digest_of(token);
    const std::string* found = nullptr;
    for (const auto& one : known_) {
        found = CRYPTO_memcmp(one.token.data(), wanted.data(), wanted.size()) == 0 ? &one.name : found;
    }
    return found;
}

caller_list::token_places caller_list::places_of(const http::request_head& head) const {
    token_places found;
    found.target = head.target;
    if (const auto* const field = http::find_field(head.fields, token_field); field != nullptr) {
        found.token = std::string{field->value};
    }
    const auto start = path_start(head.target);
    if (auto path = head.target.substr(start); path.starts_with(token_prefix)) {
        path.remove_prefix(token_prefix.size());
        const auto end = std::min(text::find_any(path, "/?#"), path.size());
        if (!found.token) {
            found.token = text::percent_decoded(path.substr(0, end));
        }
        const auto rest = path.substr(end);
        found.target.assign(head.target.substr(0, start))
            .append(rest.starts_with('/') ? "" : "/")
            .append(rest);
    }
    if (const auto* const field = http::find_field(head.fields, proxy_authorization);
        field != nullptr && !found.token) {
        found.token = std::string{bearer_token(field->value)};
    }
    return found;
}

caller caller_list::identify(std::string_view bytes, const http::request_head& head, const certificate& shown,
                             std::string& bare) const {
    caller made;
    made.name = shown.name;
    std::string hidden;
    auto target = std::string{head.target};
    if (!known_.empty()) {
        auto places = places_of(head);
        target = std::move(places.target);
        const auto* const name = places.token ? find(*places.token) : nullptr;
        if (name != nullptr) {
            made.name = *name;
            hidden = std::move(*places.token);
        } else {
            made.refusal = places.token && !places.token->empty() ? "this token is not known (proxy.clients)"
                                                                  : "a token is required (proxy.clients)";
            made.reason = made.refusal;
        }
    }
    if (wants_certificate_ && !shown.problem.empty()) {
        made.refusal = "a client certificate is required (proxy.client_ca)";
        made.reason = std::string{made.refusal} + ": " + shown.problem;
    }
    const auto start_line = bytes.substr(0, bytes.find("\r\n") + 2);
    bare.append(head.method).append(" ").append(target).append(start_line.substr(start_line.rfind(' ')));
    for (const auto& one : head.fields) {
        if (known_.empty() || !holds_token(one.name)) {
            append_without(bare, one.line, hidden);
        }
    }
    bare.append("\r\n");
    return made;
}

}  // namespace tapes::relay
