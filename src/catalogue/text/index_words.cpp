#include "text/index_words.hpp"

#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace tapes::catalogue {

namespace {

struct script_range {
    char32_t first, last;
};

// Unicode 15, Blocks.txt; ascending.
constexpr std::array unspaced_ranges{
    script_range{0x0E00, 0x0EFF},    // Thai, Lao
    script_range{0x1000, 0x109F},    // Myanmar
    script_range{0x1100, 0x11FF},    // Hangul Jamo
    script_range{0x1780, 0x17FF},    // Khmer
    script_range{0x3005, 0x3007},    // 々〆〇
    script_range{0x3041, 0x312F},    // Hiragana, Katakana, Bopomofo
    script_range{0x3131, 0x318E},    // Hangul Compatibility Jamo
    script_range{0x31A0, 0x31BF},    // Bopomofo Extended
    script_range{0x31F0, 0x31FF},    // Katakana Phonetic Extensions
    script_range{0x3400, 0x4DBF},    // Han
    script_range{0x4E00, 0xA4CF},    // Han, Yi
    script_range{0xA960, 0xA97F},    // Hangul Jamo Extended-A
    script_range{0xAC00, 0xD7FF},    // Hangul
    script_range{0xF900, 0xFAFF},    // Han
    script_range{0xFF66, 0xFFDC},    // halfwidth Katakana and Hangul
    script_range{0x1B000, 0x1B16F},  // Kana Supplement and Extended
    script_range{0x20000, 0x3FFFF},  // Han
};

/// Neither letters nor marks of these scripts.
constexpr std::array unspaced_marks{
    script_range{0x0E2F, 0x0E2F}, script_range{0x0E3F, 0x0E3F}, script_range{0x0E4F, 0x0E5B},
    script_range{0x104A, 0x104F}, script_range{0x17D4, 0x17DB}, script_range{0x3099, 0x309C},
    script_range{0x30A0, 0x30A0}, script_range{0x30FB, 0x30FB},
};

template <std::size_t Count>
bool in_ranges(const std::array<script_range, Count>& ranges, char32_t point) noexcept {
    const auto found =
        std::upper_bound(ranges.begin(), ranges.end(), point,
                         [](char32_t one, const script_range& range) { return one < range.first; });
    return found != ranges.begin() && point <= (found - 1)->last;
}

constexpr std::array<bool, 256> base64_characters = [] {
    std::array<bool, 256> made{};
    for (const char c :
         std::string_view{"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/_-="}) {
        made[static_cast<unsigned char>(c)] = true;
    }
    return made;
}();

bool is_base64(char c) noexcept {
    return base64_characters[static_cast<unsigned char>(c)];
}

constexpr std::size_t longest_word = 256;
constexpr std::size_t last_ascii = 0x7F;

/// Returns the length of the run of unspaced characters at the start of `text`.
std::size_t unspaced_run(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && static_cast<unsigned char>(text[size]) > last_ascii) {
        const auto part = tapes::text::first_utf8(text.substr(size));
        if (!part.valid || !is_unspaced(part.point)) {
            break;
        }
        size += part.size;
    }
    return size;
}

/// Appends the words of a run. `open`: more may follow in what is looked for, so that its last character is
/// no word. Returns true where that leaves the beginning of a word alone.
bool append_run(std::string& to, std::string_view run, bool open) {
    if (run.empty()) {
        return false;
    }
    std::size_t pairs = 0;
    while (!run.empty()) {
        const auto first = tapes::text::first_utf8(run).size;
        const auto second = first < run.size() ? tapes::text::first_utf8(run.substr(first)).size : 0;
        if (second == 0 && open && pairs > 0) {
            return false;
        }
        to += ' ';
        to += run.substr(0, first + second);
        pairs += second != 0 ? 1 : 0;
        run.remove_prefix(first);
    }
    if (!open) {
        to += ' ';
    }
    return open && pairs == 0;
}

/// Goes on past whole words of ASCII, eight bytes at a time.
std::size_t behind_ascii(std::string_view text, std::size_t from) noexcept {
    constexpr std::uint64_t high_bits = 0x8080808080808080;
    std::uint64_t eight = 0;
    while (text.size() - from >= sizeof eight) {
        std::memcpy(&eight, text.data() + from, sizeof eight);
        if ((eight & high_bits) != 0) {
            break;
        }
        from += sizeof eight;
    }
    return from;
}

/// Returns where the next run of unspaced characters begins, or the end.
std::size_t next_run(std::string_view text, std::size_t from) {
    while (from < text.size()) {
        from = behind_ascii(text, from);
        if (from == text.size()) {
            break;
        }
        if (static_cast<unsigned char>(text[from]) <= last_ascii) {
            ++from;
            continue;
        }
        const auto part = tapes::text::first_utf8(text.substr(from));
        if (part.valid && is_unspaced(part.point)) {
            return from;
        }
        from += part.size;
    }
    return text.size();
}

/// Calls `visit` with the stretches of text without unspaced characters, without what is no word but encoded
/// bytes.
template <class Visit>
void visit_spaced(std::string_view text, Visit&& visit) {
    std::size_t copied = 0;
    std::size_t word = 0;  // where the run of characters of base64 at hand began
    for (std::size_t at = 0; at <= text.size(); ++at) {
        if (at < text.size() && is_base64(text[at])) {
            continue;
        }
        if (at - word >= longest_word) {
            visit(copied, word - copied);
            copied = at;
        }
        word = at + 1;
    }
    visit(copied, text.size() - copied);
}

void append_spaced(std::string& to, std::string_view text) {
    visit_spaced(text, [&](std::size_t first, std::size_t size) {
        to += first == 0 ? "" : " ";
        to += text.substr(first, size);
    });
}

}  // namespace

bool is_unspaced(char32_t point) noexcept {
    return point >= unspaced_ranges.front().first && in_ranges(unspaced_ranges, point) &&
           !in_ranges(unspaced_marks, point);
}

void append_words(std::string& to, std::string_view text) {
    while (!text.empty()) {
        const auto run = next_run(text, 0);
        append_spaced(to, text.substr(0, run));
        text.remove_prefix(run);
        const auto size = unspaced_run(text);
        append_run(to, text.substr(0, size), false);
        text.remove_prefix(size);
    }
}

void visit_stretches(std::string_view text, const std::function<void(std::size_t, std::size_t)>& visit) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto run = next_run(text, at);
        visit_spaced(text.substr(at, run - at),
                     [&](std::size_t first, std::size_t size) { visit(at + first, size); });
        at = run;
        const auto end = at + unspaced_run(text.substr(at));
        while (at < end) {
            const auto first = tapes::text::first_utf8(text.substr(at)).size;
            const auto second = at + first < end ? tapes::text::first_utf8(text.substr(at + first)).size : 0;
            visit(at, first + second);
            at += first;
        }
    }
}

bool append_term(std::string& to, std::string_view term) {
    bool is_beginning = false;
    while (!term.empty()) {
        const auto run = next_run(term, 0);
        to += term.substr(0, run);
        term.remove_prefix(run);
        const auto size = unspaced_run(term);
        is_beginning = size != 0 && append_run(to, term.substr(0, size), size == term.size());
        term.remove_prefix(size);
    }
    return is_beginning;
}

}  // namespace tapes::catalogue
