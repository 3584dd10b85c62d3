#include "redaction_text.hpp"

#include <tapes/http/redaction.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <new>

namespace tapes::http {
namespace {

/// Of the redaction of a URL: only one that was made to confuse us needs more than two.
constexpr int most_rounds = 16;

constexpr std::size_t shortest_credential = 8;
constexpr std::size_t shortest_cookie = 16;

enum class field_kind : std::uint8_t { plain, secret, cookie, set_cookie, authorization, url };

bool ends_with(std::string_view name, std::string_view lower_end) noexcept {
    return name.size() >= lower_end.size() &&
           is_named(name.substr(name.size() - lower_end.size()), lower_end);
}

field_kind kind_of(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 6> endings{
        "api-key", "apikey", "auth-token", "access-token", "security-token", "subscription-key"};
    static constexpr std::array<std::string_view, 5> urls{"referer", "location", "content-location", "origin",
                                                          "x-original-url"};
    if (ends_with(name, "authorization")) {
        return field_kind::authorization;
    }
    if (is_named(name, "cookie")) {
        return field_kind::cookie;
    }
    if (is_named(name, "set-cookie")) {
        return field_kind::set_cookie;
    }
    if (std::ranges::any_of(endings, [&](auto end) { return ends_with(name, end); })) {
        return field_kind::secret;
    }
    return std::ranges::any_of(urls, [&](auto one) { return is_named(name, one); }) ? field_kind::url
                                                                                    : field_kind::plain;
}

/// Calls `visit(line, is_start_line)` for the lines of a head; folded lines (RFC 9112 §5.2) are one.
template <typename Visit>
void each_line(std::string_view head, Visit&& visit) {
    for (std::size_t at = 0; at < head.size();) {
        auto end = std::min(head.find('\n', at), head.size() - 1) + 1;
        while (at > 0 && end < head.size() && (head[end] == ' ' || head[end] == '\t')) {
            end = std::min(head.find('\n', end), head.size() - 1) + 1;
        }
        visit(head.substr(at, end - at), at == 0);
        at = end;
    }
}

/// Where the value of a field line lies in it, without white space and line end.
std::string_view value_of(std::string_view line, std::size_t colon) noexcept {
    auto value = line.substr(colon + 1);
    const auto first = value.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
}

/// What follows the scheme word of an Authorization value; all of it where there is none.
std::string_view after_scheme(std::string_view value) noexcept {
    const auto space = value.find_first_of(" \t");
    if (space == std::string_view::npos) {
        return value;
    }
    return trimmed(value.substr(space));
}

std::string_view target_of(std::string_view start_line) noexcept {
    const auto first = start_line.find(' ');
    if (first == std::string_view::npos || start_line.starts_with("HTTP/")) {
        return {};
    }
    const auto last = start_line.rfind(' ');
    return start_line.substr(first + 1, last > first ? last - first - 1 : std::string_view::npos);
}

std::string base64_decoded(std::string_view text) {
    std::string padded{text};
    padded.resize((padded.size() + 3) / 4 * 4, '=');
    std::string out(padded.size() / 4 * 3 + 1, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(padded.data()),
                                     static_cast<int>(padded.size()));
    out.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    while (!out.empty() && out.back() == '\0') {
        out.pop_back();
    }
    return out;
}

/// Keys that people send to servers which want none: words, not secrets.
bool is_placeholder(std::string_view value) noexcept {
    static constexpr std::array<std::string_view, 12> words{
        "anything",  "not-needed", "not_needed", "notneeded",     "no-key-required", "sk-no-key-required",
        "lm-studio", "dummy-key",  "dummy_key",  "no-key-needed", "undefined",       "your-api-key"};
    return std::ranges::any_of(words, [&](auto word) { return is_named(value, word); });
}

/// What `redactor::token` gives: it stands for a credential, and is none.
bool is_redacted(std::string_view value) noexcept {
    constexpr std::string_view prefix = "redacted:";
    return value.size() == prefix.size() + 8 && value.starts_with(prefix) &&
           value.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

class collection {
public:
    void add(std::string_view value, std::size_t shortest = shortest_credential) {
        if (value.size() >= shortest && !is_placeholder(value) && !is_redacted(value) &&
            std::ranges::find(found, value) == found.end()) {
            found.emplace_back(value);
        }
    }

    void add_authorization(std::string_view value) {
        const auto rest = after_scheme(value);
        add(rest);
        if (rest.data() != value.data() && is_named(value.substr(0, value.find_first_of(" \t")), "basic")) {
            const auto pair = base64_decoded(rest);
            if (const auto colon = pair.find(':'); colon != std::string::npos) {
                add(std::string_view{pair}.substr(colon + 1));
            }
        }
    }

    void add_cookies(std::string_view value, bool only_first) {
        while (!value.empty()) {
            const auto end = std::min(value.find(';'), value.size());
            const auto pair = trimmed(value.substr(0, end));
            if (const auto equals = pair.find('='); equals != std::string_view::npos) {
                add(pair.substr(equals + 1), shortest_cookie);
            }
            value.remove_prefix(only_first ? value.size() : std::min(end + 1, value.size()));
        }
    }

    void add_url(std::string_view url) {
        for (const auto& one : credentials_in_url(url)) {
            const auto raw = url.substr(one.at, one.size);
            if (is_redacted(raw)) {
                continue;
            }
            if (const auto colon = raw.find(':'); is_user_info(url, one)) {
                const auto password = colon == std::string_view::npos ? raw : raw.substr(colon + 1);
                add(password);
                add(percent_decoded(password));
                continue;
            }
            add(raw);
            add(one.value);
        }
    }

    std::vector<std::string> found;

private:
    static bool is_user_info(std::string_view url, const credential_range& one) noexcept {
        return one.at + one.size < url.size() && url[one.at + one.size] == '@';
    }
};

}  // namespace

/// HMAC-SHA-256 with the key already taken in; a value costs two copies of a state.
struct redactor::mac {
    explicit mac(std::string_view key) {
        std::array<unsigned char, 64> block{};
        if (key.size() <= block.size()) {
            std::ranges::copy(key, block.begin());
        } else {
            EVP_Digest(key.data(), key.size(), block.data(), nullptr, EVP_sha256(), nullptr);
        }
        inner = start(block, 0x36);
        outer = start(block, 0x5c);
        OPENSSL_cleanse(block.data(), block.size());
    }
    ~mac() {
        EVP_MD_CTX_free(inner);
        EVP_MD_CTX_free(outer);
    }
    mac(const mac&) = delete;
    mac& operator=(const mac&) = delete;

    static EVP_MD_CTX* start(std::array<unsigned char, 64> block, unsigned char pad) {
        for (auto& byte : block) {
            byte ^= pad;
        }
        EVP_MD_CTX* state = EVP_MD_CTX_new();
        if (state == nullptr || EVP_DigestInit_ex(state, EVP_sha256(), nullptr) != 1 ||
            EVP_DigestUpdate(state, block.data(), block.size()) != 1) {
            throw std::bad_alloc{};
        }
        return state;
    }

    static void finish(const EVP_MD_CTX* from, const void* data, std::size_t size, unsigned char* digest) {
        EVP_MD_CTX* state = EVP_MD_CTX_new();
        const bool fine = state != nullptr && EVP_MD_CTX_copy_ex(state, from) == 1 &&
                          EVP_DigestUpdate(state, data, size) == 1 &&
                          EVP_DigestFinal_ex(state, digest, nullptr) == 1;
        EVP_MD_CTX_free(state);
        if (!fine) {
            throw std::bad_alloc{};
        }
    }

    EVP_MD_CTX* inner = nullptr;
    EVP_MD_CTX* outer = nullptr;
};

body_format format_of(std::string_view content_type) noexcept {
    const auto type = trimmed(content_type.substr(0, content_type.find(';')));
    if (is_named(type, "application/x-www-form-urlencoded")) {
        return body_format::form;
    }
    if (is_named(type, "text/event-stream") || ends_with(type, "ndjson") || ends_with(type, "jsonl") ||
        ends_with(type, "json-lines")) {
        return body_format::lines;
    }
    return ends_with(type, "/json") || ends_with(type, "+json") ? body_format::json : body_format::other;
}

redactor::redactor(std::string_view key) : mac_{std::make_shared<const mac>(key)} {}

std::string redactor::token(std::string_view value) const {
    std::array<unsigned char, 32> digest{};
    mac::finish(mac_->inner, value.data(), value.size(), digest.data());
    mac::finish(mac_->outer, digest.data(), digest.size(), digest.data());
    std::string out = "redacted:";
    for (std::size_t i = 0; i < 4; ++i) {
        out += "0123456789abcdef"[digest[i] >> 4u];
        out += "0123456789abcdef"[digest[i] & 15u];
    }
    return out;
}

std::string redactor::redact_target(std::string_view target) const {
    std::string out{target};
    // Where one credential holds the separators of another, what is left behind it shows only then.
    for (int round = 0; round < most_rounds; ++round) {
        auto next = replace(out, credentials_in_url(out));
        if (!next) {
            break;
        }
        out = *std::move(next);
    }
    return out;
}

void redactor::redact_head(std::string& head) const {
    std::string out;
    out.reserve(head.size());
    each_line(head, [&](std::string_view line, bool first) {
        const auto colon = line.find(':');
        std::string_view part;
        std::string changed;
        if (first) {
            part = target_of(line.substr(0, line.find_last_not_of("\r\n") + 1));
            changed = part.empty() ? std::string{} : redact_target(part);
        } else if (colon != std::string_view::npos) {
            const auto kind = kind_of(trimmed(line.substr(0, colon)));
            part = kind == field_kind::plain ? std::string_view{} : value_of(line, colon);
            if (!part.empty() && kind == field_kind::authorization) {
                part = after_scheme(part);
            }
            changed = part.empty()              ? std::string{}
                      : kind == field_kind::url ? redact_target(part)
                                                : token(part);
        }
        if (part.empty() || is_redacted(part)) {
            out.append(line);
            return;
        }
        const auto at = static_cast<std::size_t>(part.data() - line.data());
        out.append(line, 0, at).append(changed).append(line, at + part.size());
    });
    head = std::move(out);
}

std::optional<std::string> redactor::redact_body(std::string_view body,
                                                 const std::vector<std::string>& credentials,
                                                 body_format format) const {
    std::vector<credential_range> ranges;
    if (format == body_format::form) {
        ranges = credentials_in_form(body);
    } else if (format != body_format::other) {
        if (format == body_format::lines) {
            credentials_in_lines(body, ranges);
        } else if (find_json_hint(body, 0) != std::string_view::npos) {
            credentials_in_json(body, 0, ranges);
        }
    }
    for (const auto& value : credentials) {
        occurrences(body, value, ranges);
    }
    return replace(body, std::move(ranges));
}

std::optional<std::string> redactor::redact_across_events(std::string_view stream,
                                                          const std::vector<std::string>& credentials) const {
    std::vector<credential_range> ranges;
    credentials_across_values(stream, credentials, ranges);
    return replace(stream, std::move(ranges));
}

std::optional<std::string> redactor::replace(std::string_view body,
                                             std::vector<credential_range> ranges) const {
    std::erase_if(ranges, [&](const auto& one) { return is_redacted(body.substr(one.at, one.size)); });
    if (ranges.empty()) {
        return std::nullopt;
    }
    // Fields first found win over values within them; of values at one place the longest.
    std::ranges::stable_sort(
        ranges, [](const auto& a, const auto& b) { return a.at != b.at ? a.at < b.at : a.size > b.size; });
    std::string out;
    out.reserve(body.size());
    std::size_t done = 0;
    for (const auto& one : ranges) {
        if (one.at >= done) {
            out.append(body, done, one.at - done).append(token(one.value));
        }
        done = std::max(done, one.at + one.size);  // what overlaps goes with what it overlaps
    }
    out.append(body, done);
    return out;
}

std::vector<std::string> collect_credentials(std::string_view head, std::string_view target) {
    collection all;
    all.add_url(target);
    each_line(head, [&](std::string_view line, bool first) {
        if (first) {
            all.add_url(target_of(line.substr(0, line.find_last_not_of("\r\n") + 1)));
            return;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            return;
        }
        const auto kind = kind_of(trimmed(line.substr(0, colon)));
        const auto value = kind == field_kind::plain ? std::string_view{} : value_of(line, colon);
        switch (kind) {
            case field_kind::plain:
                break;
            case field_kind::secret:
                all.add(value);
                break;
            case field_kind::authorization:
                all.add_authorization(value);
                break;
            case field_kind::cookie:
                all.add_cookies(value, false);
                break;
            case field_kind::set_cookie:
                all.add_cookies(value, true);
                break;
            case field_kind::url:
                all.add_url(value);
                break;
        }
    });
    std::ranges::stable_sort(all.found, std::ranges::greater{}, &std::string::size);
    return std::move(all.found);
}

}  // namespace tapes::http
