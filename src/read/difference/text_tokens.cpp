#include "difference/text_tokens.hpp"

#include <tapes/text/utf8.hpp>
#include <tapes/text/width.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>

namespace tapes::read {

namespace {

enum class token_class { blank, line_end, word, single };

constexpr char32_t zero_width_joiner = 0x200D;

constexpr bool between(char32_t point, char32_t first, char32_t last) noexcept {
    return point >= first && point <= last;
}

/// Scripts that put no spaces between words: Thai, Lao, Myanmar, Khmer, Kana, Han.
constexpr bool has_no_spaces(char32_t point) noexcept {
    return between(point, 0x0E00, 0x0EFF) || between(point, 0x1000, 0x109F) ||
           between(point, 0x1780, 0x17FF) || between(point, 0x2E80, 0x312F) ||
           between(point, 0x31A0, 0x31FF) || between(point, 0x3200, 0x9FFF) ||
           between(point, 0xF900, 0xFAFF) || between(point, 0xFF65, 0xFF9F) ||
           between(point, 0x20000, 0x3FFFF);
}

/// General punctuation, arrows, symbols, fullwidth forms of ASCII punctuation, emoji.
constexpr bool is_symbol(char32_t point) noexcept {
    return between(point, 0x00A1, 0x00A9) || between(point, 0x00AB, 0x00B4) ||
           between(point, 0x00B6, 0x00B9) || between(point, 0x00BB, 0x00BF) || point == 0xD7 ||
           point == 0xF7 || between(point, 0x2010, 0x2BFF) || between(point, 0xFF00, 0xFF0F) ||
           between(point, 0x1F000, 0x1FBFF);
}

constexpr bool is_ascii_word(char32_t point) noexcept {
    return between(point, '0', '9') || between(point, 'a', 'z') || between(point, 'A', 'Z') || point == '_';
}

token_class class_of(char32_t point) noexcept {
    if (point == '\n') {
        return token_class::line_end;
    }
    if (point == ' ' || point == '\t' || point == '\r' || point == 0xA0 || point == 0x3000) {
        return token_class::blank;
    }
    if (point < 0x80) {
        return is_ascii_word(point) ? token_class::word : token_class::single;
    }
    return has_no_spaces(point) || is_symbol(point) ? token_class::single : token_class::word;
}

std::vector<std::string_view> words_in(std::string_view text) {
    std::vector<std::string_view> tokens;
    std::size_t begin = 0;
    std::size_t at = 0;
    auto now = token_class::single;
    bool joined = false;
    while (at < text.size()) {
        const auto part = text::first_utf8(text.substr(at));
        const auto kind = class_of(part.point);
        // A mark, and what a joiner joins, belongs to what stands before it.
        const bool drawn_over = part.valid && part.point >= 0x80 && text::width_of(part.point) == 0;
        const bool goes_on = kind == now && (kind == token_class::word || kind == token_class::blank);
        if (at != begin && !drawn_over && !joined && !goes_on) {
            tokens.push_back(text.substr(begin, at - begin));
            begin = at;
        }
        if (at == begin || (!drawn_over && !joined)) {
            now = kind;
        }
        joined = part.valid && part.point == zero_width_joiner;
        at += part.size;
    }
    if (begin < text.size()) {
        tokens.push_back(text.substr(begin));
    }
    return tokens;
}

std::vector<std::string_view> lines_in(std::string_view text) {
    std::vector<std::string_view> tokens;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size() - 1) + 1;
        tokens.push_back(text.substr(at, end - at));
        at = end;
    }
    return tokens;
}

}  // namespace

std::vector<std::string_view> text_tokens(std::string_view text, text_unit unit) {
    text::count_work(text.size());
    return unit == text_unit::lines ? lines_in(text) : words_in(text);
}

std::vector<std::uint32_t> token_numbers::number(const std::vector<std::string_view>& tokens) {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(tokens.size());
    for (const auto& one : tokens) {
        numbers.push_back(known_.emplace(one, static_cast<std::uint32_t>(known_.size())).first->second);
    }
    return numbers;
}

}  // namespace tapes::read
