#include "secrets/judgement.hpp"
#include "secrets/rules.hpp"

#include <tapes/export/secrets.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/work_meter.hpp>

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
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

/// Whether a word may begin at a place: behind what is none of its characters, or behind an escape, whose
/// last character looks like one (`\nsk-…` within JSON that is text, `%20sk-…`).
bool begins_word(std::string_view text, std::size_t at) noexcept {
    if (at == 0 || !is_word_character(text[at - 1])) {
        return true;
    }
    if (at >= 2 && text[at - 2] == '\\') {
        return text::json_short_escape(text[at - 1]) != '\0';
    }
    if (at >= 3 && text[at - 3] == '%') {
        return true;
    }
    return at >= 6 && text::json_code_unit(text.substr(at - 6, 6)) >= 0;
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
                 std::vector<found_secret>& to) {
    const re2::StringPiece all{text.data(), text.size()};
    const int groups = matcher.NumberOfCapturingGroups() > 0 ? 2 : 1;
    re2::StringPiece parts[2];
    std::size_t from = 0;
    while (from < text.size() && matcher.Match(all, from, text.size(), RE2::UNANCHORED, parts, groups)) {
        const auto match = static_cast<std::size_t>(parts[0].data() - text.data());
        const auto& part = parts[groups - 1];
        const std::string_view value{part.data(), part.size()};
        auto found = found_at(rule, text, value);
        if ((!rule.bounded || begins_word(text, match)) && is_secret(rule, text, match, value)) {
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

void scan(std::string_view text, std::vector<found_secret>& to) {
    const auto& rules = all_rules();
    for (const int rule : rules.matching(text)) {
        add_matches(text, secret_rules()[static_cast<std::size_t>(rule)], rules.one(rule), to);
    }
    text::count_work(text.size());
}

/// Text within text: where JSON stands in a text, characters may be escaped by their numbers (`\u0073k-…`).
/// Scans it with those of ASCII undone, and adds where that stands in the text.
void scan_unescaped(std::string_view text, std::vector<found_secret>& to) {
    constexpr std::size_t escape_size = 6;
    if (text.find("\\u00") == std::string_view::npos) {
        return;
    }
    std::string plain;
    std::vector<std::size_t> places;
    plain.reserve(text.size());
    places.reserve(text.size() + 1);
    for (std::size_t at = 0; at < text.size();) {
        const int unit = text[at] == '\\' ? text::json_code_unit(text.substr(at)) : -1;
        const bool undone = unit >= 0x20 && unit < 0x7f;
        places.push_back(at);
        plain.push_back(undone ? static_cast<char>(unit) : text[at]);
        at += undone ? escape_size : 1;
    }
    places.push_back(text.size());
    std::vector<found_secret> found;
    scan(plain, found);
    for (auto one : found) {
        const auto end = places[one.first + one.size];
        one.first = places[one.first];
        one.size = end - one.first;
        to.push_back(one);
    }
}

}  // namespace

std::vector<found_secret> find_secrets(std::string_view text) {
    std::vector<found_secret> found;
    scan(text, found);
    scan_unescaped(text, found);
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
