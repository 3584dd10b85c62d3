#include "redaction/credentials.hpp"
#include "redaction/head.hpp"
#include "redaction/search.hpp"

#include <tapes/http/redaction.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/hex.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/work_meter.hpp>

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
/// How much longer a text may become by each of its credentials: a token in the place of one byte.
constexpr std::size_t longest_growth = 16;

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

/// What was found in a text: fields, in any order, and where the values of the exchange stand, in order.
struct redactor::findings {
    credential_ranges ranges = {};
    std::vector<occurrence> found = {};
    const std::vector<std::string>* values = nullptr;  ///< null where none were looked for
};

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
        auto next = replace(out, {credentials_in_url(out, additions_->rules)});
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
        credential_ranges found;
        credentials_in_json(part, 0, additions_->rules, found);
        return replace(part, {std::move(found)}).value_or(std::string{part});
    }
    return kind == field_kind::plain || kind == field_kind::url ? redact_target(part) : token(part);
}

void redactor::redact_head(std::string& head, const credential_set& credentials) const {
    tapes::text::count_work(head.size());
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

std::string redactor::without(std::string text, const credential_set& credentials) const {
    if (std::ranges::all_of(credentials.values(),
                            [&](const auto& one) { return one.size() > text.size(); })) {
        return text;
    }
    findings in_text{.values = &credentials.values()};
    credentials.search().find(text, in_text.found);
    credentials.search().find_percent_encoded(text, in_text.found);
    return replace(text, std::move(in_text)).value_or(std::move(text));
}

std::optional<std::string> redactor::redact_body(std::string_view body, const credential_set& credentials,
                                                 body_format format, std::vector<std::string>* named,
                                                 const charge_bytes& charge) const {
    findings in_body{.ranges = credential_ranges{charge}};
    credentials_in_body(body, format, additions_->rules, in_body.ranges);
    if (named != nullptr) {
        *named = named_credentials(in_body.ranges);
    }
    const bool more = named != nullptr && !named->empty();
    const auto all = more ? std::optional{credentials.with(*named)} : std::nullopt;
    const auto& looked_for = more ? *all : credentials;
    in_body.values = &looked_for.values();
    looked_for.search().find(body, in_body.found);
    if (format == body_format::form) {
        looked_for.search().find_percent_encoded(body, in_body.found);
    }
    if (!in_body.found.empty()) {
        in_body.ranges.charge(in_body.found.capacity() * sizeof(occurrence));
    }
    return replace(body, std::move(in_body));
}

std::optional<std::string> redactor::redact_across_events(std::string_view stream,
                                                          const credential_set& credentials,
                                                          const charge_bytes& charge) const {
    findings in_stream{.ranges = credential_ranges{charge}, .values = &credentials.values()};
    in_stream.found = credentials_across_values(stream, credentials, charge);
    return replace(stream, std::move(in_stream));
}

/// Writes a text with its credentials replaced, from the front. What several places hold is hashed once.
class redactor::replacing {
public:
    replacing(const redactor& with, std::string_view body, std::size_t values)
        : with_{with}, body_{body}, tokens_(values) {}

    std::string out;

    void put(const credential_range& field) {
        if (begins_behind(field.at)) {
            if (last_token_.empty() || field.value != last_value_) {
                tapes::text::count_work(field.value.size() + steps_to_hash);
                last_token_ = with_.token(field.value);
                last_value_ = field.value;
            }
            out.append(last_token_);
        }
        done_ = std::max(done_, field.at + field.size);  // what overlaps goes with what it overlaps
    }

    void put(const occurrence& one, const std::vector<std::string>& values) {
        if (begins_behind(one.at)) {
            auto& token = tokens_[one.which];
            if (token.empty()) {
                tapes::text::count_work(values[one.which].size() + steps_to_hash);
                token = with_.token(values[one.which]);
            }
            out.append(token);
        }
        done_ = std::max(done_, one.at + one.size);
    }

    void finish() { out.append(body_, done_); }

private:
    static constexpr std::uint64_t steps_to_hash = 128;

    bool begins_behind(std::size_t at) {
        if (at < done_) {
            return false;
        }
        tapes::text::count_work(at - done_);
        out.append(body_, done_, at - done_);
        return true;
    }

    const redactor& with_;
    std::string_view body_;
    std::size_t done_ = 0;
    std::vector<std::string> tokens_;  ///< of the values, where they were needed
    std::string_view last_value_;
    std::string last_token_;
};

std::optional<std::string> redactor::replace(std::string_view body, findings in_body) const {
    auto& [ranges, found, values] = in_body;
    const auto is_token = [&](const auto& one) { return is_redacted(body.substr(one.at, one.size)); };
    ranges.remove(0, is_token);
    if (ranges.empty() && std::ranges::all_of(found, is_token)) {
        return std::nullopt;
    }
    // Fields win over values within them, and the longest of the values at one place wins.
    const auto stands_before = [](const auto& a, const auto& b) {
        return a.at != b.at ? a.at < b.at : a.size > b.size;
    };
    if (!std::ranges::is_sorted(ranges, stands_before)) {
        std::ranges::stable_sort(ranges, stands_before);
    }
    const auto room = body.size() + (ranges.size() + found.size()) * longest_growth;
    ranges.charge(room);
    replacing made{*this, body, values == nullptr ? 0 : values->size()};
    made.out.reserve(room);
    auto value = found.begin();
    const auto put_values = [&](auto&& comes_now) {
        for (; value != found.end() && comes_now(*value); ++value) {
            if (!is_token(*value)) {
                made.put(*value, *values);
            }
        }
    };
    for (const auto& field : ranges) {
        put_values([&](const auto& one) {
            return one.at < field.at || (one.at == field.at && one.size > field.size);
        });
        made.put(field);
    }
    put_values([](const auto&) { return true; });
    made.finish();
    return std::move(made.out);
}

}  // namespace tapes::http
