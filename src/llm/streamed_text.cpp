#include "streamed_text.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/text/json_string.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace tapes::llm {
namespace {

constexpr std::size_t half_bytes = 3;  // of half a surrogate pair, and of U+FFFD as well
constexpr int least_growths = 3;       // from which on pieces may be snapshots
constexpr int most_growths = 255;      // that are counted
constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool is_high(int unit) noexcept {
    return unit >= 0xD800 && unit <= 0xDBFF;
}

bool is_low(int unit) noexcept {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

std::string bytes_of_half(int unit) {
    const auto code = static_cast<unsigned>(unit);
    std::string bytes;
    bytes.push_back(static_cast<char>(0xE0U | code >> 12U));
    bytes.push_back(static_cast<char>(0x80U | (code >> 6U & 0x3FU)));
    bytes.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
    return bytes;
}

// Returns the half of a surrogate pair that stands at `at`, -1 where there is none.
int half_at(std::string_view text, std::size_t at) noexcept {
    if (at + half_bytes > text.size() || text[at] != '\xED') {
        return -1;
    }
    const auto middle = static_cast<unsigned char>(text[at + 1]);
    const auto last = static_cast<unsigned char>(text[at + 2]);
    return middle < 0xA0 ? -1 : 0xD000 | (middle & 0x3F) << 6 | (last & 0x3F);
}

void append_pair(std::string& out, int high, int low) {
    const auto code =
        0x10000U + (static_cast<unsigned>(high - 0xD800) << 10U) + static_cast<unsigned>(low - 0xDC00);
    out.push_back(static_cast<char>(0xF0U | code >> 18U));
    out.push_back(static_cast<char>(0x80U | (code >> 12U & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code >> 6U & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
}

std::string with_pairs_joined(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t next = std::min(text.find('\xED', at), text.size());
        out.append(text.substr(at, next - at));
        at = next;
        if (at == text.size()) {
            break;
        }
        const int half = half_at(text, at);
        if (half < 0) {
            out.push_back(text[at++]);
            continue;
        }
        at += half_bytes;
        const int other = half_at(text, at);
        if (is_high(half) && is_low(other)) {
            append_pair(out, half, other);
            at += half_bytes;
        } else {
            out.append(replacement);
        }
    }
    return out;
}

// Returns a piece without the character that it breaks off in.
std::string_view without_cut_end(std::string_view piece) noexcept {
    if (piece.size() >= half_bytes && is_high(half_at(piece, piece.size() - half_bytes))) {
        piece.remove_suffix(half_bytes);
    }
    while (piece.ends_with(replacement)) {
        piece.remove_suffix(half_bytes);
    }
    return piece;
}

bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

// A delta is a token, or a few: a snapshot soon has more than one word.
bool is_longer_than_a_token(std::string_view text) {
    constexpr std::size_t longest_token = 24;
    if (text.size() > longest_token) {
        return true;
    }
    const auto* const word = std::find_if_not(text.begin(), text.end(), is_space);
    const auto* const gap = std::find_if(word, text.end(), is_space);
    return std::find_if_not(gap, text.end(), is_space) != text.end();
}

// Tells whether a text, as far as it is looked at, is one string twice or more often.
bool is_repetition(std::string_view text) {
    constexpr std::size_t most = 4096;
    text = text.substr(0, most);
    std::vector<std::size_t> borders(text.size(), 0);  // Knuth, Morris and Pratt
    for (std::size_t at = 1; at < text.size(); ++at) {
        std::size_t border = borders[at - 1];
        while (border > 0 && text[at] != text[border]) {
            border = borders[border - 1];
        }
        borders[at] = text[at] == text[border] ? border + 1 : 0;
    }
    return !text.empty() && 2 * borders.back() >= text.size();
}

// Returns a text without the empty values before and behind it, which some servers send where nothing is to
// be said: "{}", and then the arguments.
std::string_view without_placeholders(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 2> placeholders{"{}", "null"};
    for (bool found = true; std::exchange(found, false);) {
        for (const auto empty : placeholders) {
            if (text.size() > empty.size() && text.starts_with(empty)) {
                text.remove_prefix(empty.size());
                found = true;
            } else if (text.size() > empty.size() && text.ends_with(empty)) {
                text.remove_suffix(empty.size());
                found = true;
            }
        }
    }
    return text;
}

}  // namespace

bool is_json(std::string_view text) {
    std::string canonical;
    const auto failed = merkle::canonicalize(text, canonical);
    return failed == merkle::canonical_error::none || failed == merkle::canonical_error::number_out_of_range;
}

bool read_piece(json_value from, std::string& out) {
    const std::string_view token = from.raw_json_token();
    if (token.empty() || token.front() != '"') {
        return false;
    }
    out.clear();
    out.reserve(token.size());
    const std::size_t size = merkle::decode_json_string(token, out);
    if (size == 0) {
        throw simdjson::simdjson_error(simdjson::STRING_ERROR);
    }
    constexpr std::size_t escape_bytes = 6;
    const std::string_view inside = token.substr(1, size - 2);
    if (inside.size() < escape_bytes) {
        return true;
    }
    if (const int first = text::json_code_unit(inside); is_low(first)) {
        out.replace(0, half_bytes, bytes_of_half(first));
    }
    const std::string_view before = inside.substr(0, inside.size() - escape_bytes);
    const std::size_t backslashes = before.size() - (before.find_last_not_of('\\') + 1);
    const int last = text::json_code_unit(inside.substr(before.size()));
    if (is_high(last) && backslashes % 2 == 0) {
        out.replace(out.size() - half_bytes, half_bytes, bytes_of_half(last));
    }
    return true;
}

void streamed_text::add(std::string_view piece) {
    if (piece.empty()) {
        return;
    }
    if (unbroken_ && last_size_ > 0) {
        const std::string_view known = without_cut_end(last_piece());
        unbroken_ = !known.empty() && piece.starts_with(known);
        const bool grown = piece.size() > last_size_ && !std::all_of(known.begin(), known.end(), is_space);
        growths_ = static_cast<std::uint8_t>(grown && growths_ < most_growths ? growths_ + 1 : growths_);
    }
    last_size_ = piece.size();
    pieces_.append(piece);
}

void streamed_text::set(std::string text) {
    *this = streamed_text();
    pieces_ = std::move(text);
    last_size_ = pieces_.size();
}

bool streamed_text::is(std::string_view text) const noexcept {
    return pieces_ == text || (grows() && last_piece() == text);
}

std::string_view streamed_text::last_piece() const noexcept {
    return std::string_view(pieces_).substr(pieces_.size() - last_size_);
}

bool streamed_text::are_snapshots() const {
    return unbroken_ && growths_ >= least_growths && is_longer_than_a_token(last_piece()) &&
           !is_repetition(last_piece());
}

std::string streamed_text::text() const {
    return with_pairs_joined(are_snapshots() ? last_piece() : std::string_view(pieces_));
}

std::string streamed_text::json() const {
    std::string all = with_pairs_joined(pieces_);
    if (is_json(all)) {
        return all;
    }
    if (grows()) {
        std::string last = with_pairs_joined(last_piece());
        if (is_json(last)) {
            return last;
        }
    }
    const std::string_view rest = without_placeholders(all);
    return rest.size() < all.size() && is_json(rest) ? std::string(rest) : all;
}

}  // namespace tapes::llm
