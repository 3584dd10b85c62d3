#include "redaction/credentials.hpp"
#include "redaction/head.hpp"

#include <tapes/http/redaction.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/hex.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <new>
#include <span>

namespace tapes::http {
namespace {

using text::ends_ignoring_case;
using text::equal_ignoring_case;
using text::trimmed;

/// How often a URL is redacted at most: only one that was made to confuse needs more than two rounds.
constexpr int most_rounds = 16;

}  // namespace

/// HMAC-SHA-256 whose key was already read, so that a value costs two copies of a state.
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
    if (equal_ignoring_case(type, "application/x-www-form-urlencoded")) {
        return body_format::form;
    }
    if (equal_ignoring_case(type, "text/event-stream") || ends_ignoring_case(type, "ndjson") ||
        ends_ignoring_case(type, "jsonl") || ends_ignoring_case(type, "json-lines")) {
        return body_format::lines;
    }
    return ends_ignoring_case(type, "/json") || ends_ignoring_case(type, "+json") ? body_format::json
                                                                                  : body_format::other;
}

body_format format_of(std::string_view content_type, std::string_view body) noexcept {
    const auto named = format_of(content_type);
    const auto start = body.substr(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
    if (start.starts_with("data:") || start.starts_with("event:")) {
        return body_format::lines;
    }
    const bool is_json = start.starts_with('{') || start.starts_with('[');
    return is_json && named != body_format::lines ? body_format::json : named;
}

redactor::redactor(std::string_view key) : mac_{std::make_shared<const mac>(key)} {}

std::string redactor::token(std::string_view value) const {
    std::array<unsigned char, 32> digest{};
    mac::finish(mac_->inner, value.data(), value.size(), digest.data());
    mac::finish(mac_->outer, digest.data(), digest.size(), digest.data());
    std::string out = "redacted:";
    text::append_hex(out, std::span{digest}.first<4>());
    return out;
}

std::string redactor::redact_target(std::string_view target) const {
    std::string out{target};
    // Where one credential holds the separators of another, the rest of the other shows only in the next
    // round.
    for (int round = 0; round < most_rounds; ++round) {
        auto next = replace(out, credentials_in_url(out));
        if (!next) {
            break;
        }
        out = *std::move(next);
    }
    return out;
}

void redactor::redact_head(std::string& head, const std::vector<std::string>& credentials) const {
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
            part = secret_part(kind, value_of(line, colon));
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
    head = redact_body(out, credentials, body_format::other).value_or(std::move(out));
}

std::optional<std::string> redactor::redact_body(std::string_view body,
                                                 const std::vector<std::string>& credentials,
                                                 body_format format, std::vector<std::string>* named) const {
    auto ranges = credentials_in_body(body, format);
    if (named != nullptr) {
        *named = named_credentials(ranges);
        for (const auto& value : *named) {
            occurrences(body, value, ranges);
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
    // Fields, which were found first, win over values within them, and the longest of the values at one place
    // wins.
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

}  // namespace tapes::http
