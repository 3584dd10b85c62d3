#include "redaction/credentials.hpp"
#include "redaction/head.hpp"
#include "redaction/search.hpp"

#include <tapes/http/redaction.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/hex.hpp>
#include <tapes/text/json_cursor.hpp>

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
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    static constexpr std::array<std::string_view, 5> events{"data:", "event:", "id:", "retry:", ":"};
    auto start = body.starts_with(mark) ? body.substr(mark.size()) : body;
    start.remove_prefix(std::min(start.find_first_not_of(" \t\r\n"), start.size()));
    if (std::ranges::any_of(events, [&](auto one) { return start.starts_with(one); })) {
        return body_format::lines;
    }
    if (!start.starts_with('{') && !start.starts_with('[')) {
        return named;
    }
    if (named != body_format::lines) {
        return body_format::json;
    }
    // Lines that are no JSON by themselves are parts of one text.
    text::json_cursor line{start.substr(0, std::min(start.find('\n'), start.find('\r')))};
    line.skip_value();
    return line.failed() ? body_format::json : named;
}

/// What a redactor was made with, beside its key.
struct redactor::additions {
    name_rules rules;
    std::vector<std::string> values;
};

redactor::redactor(std::string_view key, const redaction_settings& more)
    : mac_{std::make_shared<const mac>(key)},
      additions_{std::make_shared<const additions>(
          additions{{name_list{more.headers, name_place::header}, name_list{more.fields, name_place::member}},
                    more.values})} {}

std::vector<std::string> redactor::credentials_of(std::string_view head, std::string_view target) const {
    auto all = collect_credentials(head, target, additions_->rules);
    for (const auto& one : additions_->values) {
        if (std::ranges::find(all, one) == all.end()) {
            all.push_back(one);
        }
    }
    return all;
}

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
        auto next = replace(out, credentials_in_url(out, additions_->rules));
        if (!next) {
            break;
        }
        out = *std::move(next);
    }
    return out;
}

/// Returns what stands in a head in the place of the part of a field that may hold credentials.
std::string redactor::redacted_part(field_kind kind, std::string_view part) const {
    if (kind == field_kind::plain && (part.starts_with('{') || part.starts_with('['))) {
        std::vector<credential_range> found;
        credentials_in_json(part, 0, additions_->rules, found);
        return replace(part, std::move(found)).value_or(std::string{part});
    }
    return kind == field_kind::plain || kind == field_kind::url ? redact_target(part) : token(part);
}

void redactor::redact_head(std::string& head, const std::vector<std::string>& credentials) const {
    std::string out;
    out.reserve(head.size());
    const bool in_request = is_request_head(head);
    each_line(head, [&](std::string_view line, bool first) {
        const auto colon = line.find(':');
        std::string_view part;
        auto kind = field_kind::url;
        if (first) {
            part = target_of(line.substr(0, line.find_last_not_of("\r\n") + 1));
        } else if (colon != std::string_view::npos) {
            kind = kind_of(trimmed(line.substr(0, colon)), in_request, additions_->rules);
            part = secret_part(kind, value_of(line, colon));
        }
        if (part.empty() || is_redacted(part)) {
            out.append(line);
            return;
        }
        const auto at = static_cast<std::size_t>(part.data() - line.data());
        out.append(line, 0, at).append(redacted_part(kind, part)).append(line, at + part.size());
    });
    head = without(std::move(out), credentials);
}

std::string redactor::without(std::string text, const std::vector<std::string>& credentials) const {
    if (std::ranges::all_of(credentials, [&](const auto& one) { return one.size() > text.size(); })) {
        return text;
    }
    std::vector<occurrence> found;
    credential_search search{credentials};
    search.find(text, found);
    search.find_percent_encoded(text, found);
    return replace(text, {}, found, credentials).value_or(std::move(text));
}

std::optional<std::string> redactor::redact_body(std::string_view body,
                                                 const std::vector<std::string>& credentials,
                                                 body_format format, std::vector<std::string>* named) const {
    auto ranges = credentials_in_body(body, format, additions_->rules);
    auto all = credentials;
    if (named != nullptr) {
        *named = named_credentials(ranges);
        all.insert(all.end(), named->begin(), named->end());
    }
    std::vector<occurrence> found;
    credential_search search{all};
    search.find(body, found);
    if (format == body_format::form) {
        search.find_percent_encoded(body, found);
    }
    return replace(body, std::move(ranges), found, all);
}

std::optional<std::string> redactor::redact_across_events(std::string_view stream,
                                                          const std::vector<std::string>& credentials) const {
    std::vector<credential_range> ranges;
    credentials_across_values(stream, credentials, ranges);
    return replace(stream, std::move(ranges));
}

std::optional<std::string> redactor::replace(std::string_view body,
                                             std::vector<credential_range> ranges) const {
    return replace(body, std::move(ranges), {}, {});
}

std::optional<std::string> redactor::replace(std::string_view body, std::vector<credential_range> ranges,
                                             const std::vector<occurrence>& found,
                                             const std::vector<std::string>& values) const {
    const auto is_token = [&](const auto& one) { return is_redacted(body.substr(one.at, one.size)); };
    std::erase_if(ranges, is_token);
    if (ranges.empty() && std::ranges::all_of(found, is_token)) {
        return std::nullopt;
    }
    // Fields win over values within them, and the longest of the values at one place wins.
    std::ranges::stable_sort(
        ranges, [](const auto& a, const auto& b) { return a.at != b.at ? a.at < b.at : a.size > b.size; });
    std::string out;
    out.reserve(body.size());
    std::size_t done = 0;
    const auto put = [&](std::size_t at, std::size_t size, const std::string& value) {
        if (at >= done) {
            out.append(body, done, at - done).append(token(value));
        }
        done = std::max(done, at + size);  // what overlaps goes with what it overlaps
    };
    auto value = found.begin();
    for (const auto& field : ranges) {
        for (; value != found.end() &&
               (value->at < field.at || (value->at == field.at && value->size > field.size));
             ++value) {
            if (!is_token(*value)) {
                put(value->at, value->size, values[value->which]);
            }
        }
        put(field.at, field.size, field.value);
    }
    for (; value != found.end(); ++value) {
        if (!is_token(*value)) {
            put(value->at, value->size, values[value->which]);
        }
    }
    out.append(body, done);
    return out;
}

}  // namespace tapes::http
