#include "secrets/judgement.hpp"
#include "secrets/rules.hpp"
#include "secrets/unescaped_text.hpp"

#include <tapes/export/secrets.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/work_meter.hpp>

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace tapes::exports {

namespace {

RE2::Options byte_options() {
    constexpr std::int64_t matcher_memory = std::int64_t{64} << 20;
    RE2::Options made;
    made.set_encoding(RE2::Options::EncodingLatin1);
    made.set_log_errors(false);
    made.set_max_mem(matcher_memory);
    return made;
}

/// All rules as one automaton, which tells in one pass which of them match at all; and each for itself, for
/// where it does.
class compiled_rules {
public:
    compiled_rules() : all_{byte_options(), RE2::UNANCHORED} {
        for (const auto& rule : secret_rules()) {
            ones_.push_back(std::make_unique<RE2>(rule.pattern, byte_options()));
            if (!ones_.back()->ok() || all_.Add(rule.pattern, nullptr) < 0) {
                throw std::logic_error{"a shape of secrets does not compile: " + std::string{rule.pattern}};
            }
        }
        if (!all_.Compile()) {
            throw std::logic_error{"the shapes of secrets do not compile"};
        }
    }

    std::vector<int> matching(std::string_view text) const {
        std::vector<int> found;
        RE2::Set::ErrorInfo error{};
        if (!all_.Match(re2::StringPiece{text.data(), text.size()}, &found, &error) &&
            error.kind != RE2::Set::kNoError) {
            // The automaton took too much memory: every rule is tried.
            found.resize(ones_.size());
            for (std::size_t i = 0; i < found.size(); ++i) {
                found[i] = static_cast<int>(i);
            }
        }
        std::ranges::sort(found);
        return found;
    }
    const RE2& one(int rule) const { return *ones_[static_cast<std::size_t>(rule)]; }

private:
    RE2::Set all_;
    std::vector<std::unique_ptr<RE2>> ones_;
};

const compiled_rules& all_rules() {
    static const compiled_rules made;
    return made;
}

bool is_word_character(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_hex_digit(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Whether an escape ends at a place whose last character looks like one of a word: `\n`, `\x1f`, `%20`,
/// `\u0020`, of JSON, of sources and of URLs.
bool is_behind_escape(std::string_view text, std::size_t at) noexcept {
    constexpr std::string_view short_ones_of_sources = "0aev";
    if (at >= 2 && text[at - 2] == '\\') {
        return text::json_short_escape(text[at - 1]) != '\0' ||
               short_ones_of_sources.find(text[at - 1]) != std::string_view::npos;
    }
    if (at >= 3 && text[at - 3] == '%') {
        return true;
    }
    if (at >= 4 && text.substr(at - 4, 2) == "\\x") {
        return is_hex_digit(text[at - 2]) && is_hex_digit(text[at - 1]);
    }
    return at >= 6 && text::json_code_unit(text.substr(at - 6, 6)) >= 0;
}

/// Tells of a place within a text whether something else begins there, although what stands before looks as
/// if a word went on.
using border_test = std::function<bool(std::size_t at)>;

/// Whether a word may begin at a place: behind what is none of its characters, behind an escape, at a border,
/// or where Markdown's emphasis (`_…_`, at most three) begins at one of these.
bool begins_word(std::string_view text, std::size_t at, const border_test& is_border) {
    constexpr std::size_t longest_emphasis = 3;
    const auto begins = [&](std::size_t place) {
        return place == 0 || !is_word_character(text[place - 1]) || is_behind_escape(text, place) ||
               is_border(place);
    };
    for (std::size_t marks = 0; marks <= longest_emphasis; ++marks) {
        if (begins(at - marks)) {
            return true;
        }
        if (text[at - marks - 1] != '_') {
            return false;
        }
    }
    return false;
}

/// Whether a word that ends at a place is short enough to be one, and not the beginning of data (base64url).
bool is_behind_short_word(std::string_view text, std::size_t at, const border_test& is_border) {
    constexpr std::size_t longest_word = 32;
    for (std::size_t size = 0; size <= longest_word; ++size) {
        const auto place = at - size;
        const bool goes_on = place != 0 && text[place - 1] == '-';
        if (!goes_on && begins_word(text, place, is_border)) {
            return true;
        }
    }
    return false;
}

bool may_begin(secret_start start, std::string_view text, std::size_t at, const border_test& is_border) {
    return start == secret_start::anywhere || begins_word(text, at, is_border) ||
           (start == secret_start::behind_word && is_behind_short_word(text, at, is_border));
}

/// The name before the value of an assignment: from the word's beginning to what is no part of it.
std::string_view name_of(std::string_view text, std::size_t match) {
    constexpr std::size_t longest_name = 64;
    auto first = match;
    while (first > 0 && match - first < longest_name &&
           (is_word_character(text[first - 1]) || text[first - 1] == '-' || text[first - 1] == '.')) {
        --first;
    }
    auto end = match;
    while (end < text.size() && (is_word_character(text[end]) || text[end] == '-')) {
        ++end;
    }
    return text.substr(first, end - first);
}

bool is_secret(const secret_rule& rule, std::string_view text, std::size_t match, std::string_view value) {
    switch (rule.test) {
        case secret_test::shape:
            return !is_placeholder(value);
        case secret_test::key_block:
            return true;
        case secret_test::random:
            return looks_random(value);
        case secret_test::password:
            return looks_like_password(value);
        default:
            return is_secret_member(name_of(text, match), value);
    }
}

/// A text up to where the next key begins behind `from`, so that no byte is looked at for many keys.
std::string_view up_to_next_key(std::string_view text, std::size_t from) {
    constexpr std::string_view pem = "-----BEGIN ";
    constexpr std::string_view putty = "PuTTY-User-Key-File-";
    for (auto at = text.find_first_of("-P", from); at != std::string_view::npos;
         at = text.find_first_of("-P", at + 1)) {
        const auto rest = text.substr(at);
        if (rest.starts_with(pem) || rest.starts_with(putty)) {
            return text.substr(0, at);
        }
    }
    return text;
}

/// The size of a private key that begins at a place: to its last line, where that is near, else for as long
/// as there is base64. Within JSON that is text its lines end in `\n`.
std::size_t key_block_size(std::string_view text, std::size_t first, std::size_t head) {
    constexpr std::size_t longest_key = std::size_t{32} << 10;
    const auto rest = up_to_next_key(text.substr(first, longest_key), head);
    const bool putty = rest.starts_with("PuTTY");
    const auto last_line = rest.find(putty ? "Private-MAC:" : "-----END ", head);
    if (last_line != std::string_view::npos) {
        const auto end = putty ? rest.find_first_of("\r\n\\", last_line) : rest.find("-----", last_line + 9);
        return end == std::string_view::npos ? rest.size() : end + (putty ? 0 : 5);
    }
    const auto end = rest.find_first_not_of(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n\\:,", head);
    return end == std::string_view::npos ? rest.size() : end;
}

found_secret found_at(const secret_rule& rule, std::string_view text, std::string_view value) {
    found_secret made{static_cast<std::size_t>(value.data() - text.data()), value.size(), rule.kind, 0};
    if (rule.test == secret_test::key_block) {
        made.size = key_block_size(text, made.first, made.size);
    }
    if (rule.made_by_machine) {
        made.bits = unguessable_of(text.substr(made.first, made.size));
    }
    return made;
}

void add_matches(std::string_view text, const secret_rule& rule, const RE2& matcher,
                 const border_test& is_border, std::vector<found_secret>& to) {
    const re2::StringPiece all{text.data(), text.size()};
    const int groups = matcher.NumberOfCapturingGroups() > 0 ? 2 : 1;
    re2::StringPiece parts[2];
    std::size_t from = 0;
    while (from < text.size() && matcher.Match(all, from, text.size(), RE2::UNANCHORED, parts, groups)) {
        const auto match = static_cast<std::size_t>(parts[0].data() - text.data());
        const auto& part = parts[groups - 1];
        const std::string_view value{part.data(), part.size()};
        auto found = found_at(rule, text, value);
        if (may_begin(rule.start, text, match, is_border) && is_secret(rule, text, match, value)) {
            to.push_back(found);
        }
        // Behind what is none, too: what it holds may look like another one at each of its bytes.
        from = found.first + std::max<std::size_t>(found.size, 1);
        text::count_work(found.size + 1);
    }
}

/// Ascending, apart: what overlaps is one, of the kind that begins first.
std::vector<found_secret> joined(std::vector<found_secret> all) {
    std::ranges::stable_sort(all, {}, &found_secret::first);
    std::vector<found_secret> made;
    for (const auto& one : all) {
        if (!made.empty() && one.first < made.back().first + made.back().size) {
            auto& last = made.back();
            last.size = std::max(last.first + last.size, one.first + one.size) - last.first;
            last.bits = one.size == last.size ? std::max(last.bits, one.bits) : last.bits;
        } else {
            made.push_back(one);
        }
    }
    return made;
}

void scan(std::string_view text, const border_test& is_border, std::vector<found_secret>& to) {
    const auto& rules = all_rules();
    for (const int rule : rules.matching(text)) {
        add_matches(text, secret_rules()[static_cast<std::size_t>(rule)], rules.one(rule), is_border, to);
    }
    text::count_work(text.size());
}

/// Scans a text as it stands, and where it has escapes with them undone: what is within them, and what they
/// part.
void scan_both(std::string_view text, const border_test& is_border, std::vector<found_secret>& to) {
    scan(text, is_border, to);
    const unescaped_text plain{text};
    if (!plain.changed()) {
        return;
    }
    std::vector<found_secret> found;
    scan(
        plain.text(), [&](std::size_t at) { return plain.is_joint(at) || is_border(plain.source_of(at)); },
        found);
    for (auto one : found) {
        const auto end = plain.end_in_source(one.first + one.size);
        one.first = plain.source_of(one.first);
        one.size = end - one.first;
        to.push_back(one);
    }
}

bool no_border(std::size_t) noexcept {
    return false;
}

}  // namespace

std::vector<found_secret> find_secrets(std::string_view text) {
    std::vector<found_secret> found;
    scan_both(text, no_border, found);
    return joined(std::move(found));
}

std::vector<found_secret> find_secrets(std::span<const std::string_view> texts) {
    std::string whole;
    std::vector<std::size_t> borders;
    std::vector<found_secret> found;
    for (const auto text : texts) {
        const auto begin = whole.size();
        borders.push_back(begin);
        whole += text;
        const auto before = found.size();
        scan_both(text, no_border, found);
        for (auto at = before; at < found.size(); ++at) {
            found[at].first += begin;
        }
    }
    if (texts.size() > 1) {
        scan_both(
            whole, [&](std::size_t at) { return std::ranges::binary_search(borders, at); }, found);
    }
    return joined(std::move(found));
}

std::vector<std::string_view> secret_kinds() {
    std::vector<std::string_view> made;
    for (const auto& rule : secret_rules()) {
        if (std::ranges::find(made, rule.kind) == made.end()) {
            made.push_back(rule.kind);
        }
    }
    return made;
}

}  // namespace tapes::exports
