#include "difference/sequence_diff.hpp"
#include "difference/text_tokens.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/read/text_difference.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <utility>

namespace tapes::read {

namespace {

/// Spans in order, of texts that are compared range by range.
class span_list {
public:
    explicit span_list(text_comparison& out) : out_{out} {}

    void same(std::size_t bytes) { add(change::same, bytes, bytes); }
    void replace(std::size_t left_bytes, std::size_t right_bytes) {
        removed_ += left_bytes;
        added_ += right_bytes;
    }
    void finish() { flush(); }

private:
    void add(change kind, std::size_t left_bytes, std::size_t right_bytes) {
        if (left_bytes + right_bytes == 0) {
            return;
        }
        if (kind == change::same) {
            flush();
        }
        auto& spans = out_.spans;
        if (!spans.empty() && spans.back().kind == kind) {
            spans.back().left_bytes += left_bytes;
            spans.back().right_bytes += right_bytes;
        } else {
            spans.push_back({kind, left_, left_bytes, right_, right_bytes});
        }
        left_ += left_bytes;
        right_ += right_bytes;
    }
    void flush() {
        const auto removed = std::exchange(removed_, 0);
        const auto added = std::exchange(added_, 0);
        if (removed != 0) {
            add(change::removed, removed, 0);
        }
        if (added != 0) {
            add(change::added, 0, added);
        }
    }

    text_comparison& out_;
    std::size_t left_ = 0, right_ = 0;
    std::size_t removed_ = 0, added_ = 0;
};

using tokens = std::vector<std::string_view>;

bool is_blank(std::string_view token) {
    return token.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::size_t bytes_of(const tokens& all, std::size_t from, std::size_t to) {
    return from == to ? 0
                      : static_cast<std::size_t>(all[to - 1].data() + all[to - 1].size() - all[from].data());
}

std::string_view text_of(const tokens& all, std::size_t from, std::size_t to) {
    return from == to ? std::string_view{} : std::string_view{all[from].data(), bytes_of(all, from, to)};
}

/// Takes away matches of blanks alone that stand between words that differ on both sides: those are read as
/// one change.
void drop_lone_blanks(sequence_match& match, const tokens& left, std::size_t right_size) {
    std::vector<matched_run> runs;
    for (std::size_t i = 0; i < match.runs.size(); ++i) {
        const auto& run = match.runs[i];
        const auto before = i == 0 ? matched_run{} : match.runs[i - 1];
        const auto behind =
            i + 1 < match.runs.size() ? match.runs[i + 1] : matched_run{left.size(), right_size, 0};
        const auto left_before = run.left - (before.left + before.count);
        const auto right_before = run.right - (before.right + before.count);
        const auto left_behind = behind.left - (run.left + run.count);
        const auto right_behind = behind.right - (run.right + run.count);
        const bool alone = run.count == 1 && is_blank(left[run.left]) && left_before + right_before != 0 &&
                           left_behind + right_behind != 0 && left_before + left_behind != 0 &&
                           right_before + right_behind != 0;
        if (!alone) {
            runs.push_back(run);
        }
    }
    match.runs = std::move(runs);
}

class text_comparer {
public:
    explicit text_comparer(text_comparison& out) : out_{out}, spans_{out} {}

    void compare(std::string_view left, std::string_view right, text_unit unit, bool refine);
    void finish() { spans_.finish(); }

private:
    text_comparison& out_;
    span_list spans_;
    std::uint64_t work_ = most_diff_work;
};

void text_comparer::compare(std::string_view left, std::string_view right, text_unit unit, bool refine) {
    const auto lefts = text_tokens(left, unit);
    const auto rights = text_tokens(right, unit);
    token_numbers numbers;
    const auto left_ids = numbers.number(lefts);
    const auto right_ids = numbers.number(rights);
    auto match = match_sequences(left_ids, right_ids, work_);
    out_.coarse = out_.coarse || match.coarse;
    if (unit == text_unit::words) {
        drop_lone_blanks(match, lefts, rights.size());
    }
    match.runs.push_back({lefts.size(), rights.size(), 0});
    std::size_t left_at = 0;
    std::size_t right_at = 0;
    for (const auto& run : match.runs) {
        const auto before = text_of(lefts, left_at, run.left);
        const auto after = text_of(rights, right_at, run.right);
        if (refine && !before.empty() && !after.empty()) {
            compare(before, after, text_unit::words, false);
        } else {
            spans_.replace(before.size(), after.size());
        }
        spans_.same(bytes_of(lefts, run.left, run.left + run.count));
        left_at = run.left + run.count;
        right_at = run.right + run.count;
    }
}

/// Cuts what is shown of a piece at a character.
std::string_view head_of(std::string_view text, std::size_t most) {
    return text.substr(0, text::character_start(text, std::min(most, text.size())));
}

std::string_view tail_of(std::string_view text, std::size_t most) {
    return most >= text.size() ? text : text.substr(text::character_start(text, text.size() - most));
}

/// Runs that are longer are no words.
constexpr std::size_t least_base64 = 256;

bool is_base64(char c) noexcept {
    return text::is_letter(c) || text::is_digit(c) || c == '+' || c == '/' || c == '-' || c == '_' ||
           c == '=';
}

/// Where the first long run of base64 (RFC 4648 §4 and §5) begins, and how long it is; the end and 0 where
/// there is none.
std::pair<std::size_t, std::size_t> find_base64(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && is_base64(text[end])) {
            ++end;
        }
        if (end - at >= least_base64) {
            return {at, end - at};
        }
        at = std::max(end, at + 1);
    }
    return {text.size(), 0};
}

class piece_list {
public:
    piece_list(shown_text& out, const piece_limits& limits) : out_{out}, limits_{limits} {}

    void add(change kind, std::string_view text, std::uint64_t omitted) {
        if (out_.pieces.size() < limits_.pieces) {
            out_.pieces.push_back({kind, std::string{text}, omitted, {}});
        } else {
            ++out_.more;
        }
    }
    void add_changed(change kind, std::string_view text) {
        (kind == change::removed ? out_.removed_bytes : out_.added_bytes) += text.size();
        while (!text.empty()) {
            const auto [begin, bytes] = find_base64(text);
            if (begin != 0) {
                const auto shown = head_of(text.substr(0, begin), limits_.piece_bytes);
                add(kind, shown, begin - shown.size());
            }
            if (bytes != 0) {
                add(kind, "", bytes);
                if (out_.more == 0) {
                    out_.pieces.back().digest = merkle::to_hex(merkle::sha256(text.substr(begin, bytes)));
                }
            }
            text.remove_prefix(begin + bytes);
        }
    }
    void add_same(std::string_view text, bool first, bool last) {
        const auto before = first ? std::string_view{} : head_of(text, limits_.context_bytes);
        const auto behind = last ? std::string_view{} : tail_of(text, limits_.context_bytes);
        if (before.size() + behind.size() >= text.size()) {
            add(change::same, text, 0);
            return;
        }
        add(change::same, before, text.size() - before.size() - behind.size());
        if (!behind.empty()) {
            add(change::same, behind, 0);
        }
    }

private:
    shown_text& out_;
    const piece_limits& limits_;
};

}  // namespace

std::string_view to_string(change value) noexcept {
    switch (value) {
        case change::removed:
            return "removed";
        case change::added:
            return "added";
        case change::changed:
            return "changed";
        default:
            return "same";
    }
}

text_comparison compare_texts(std::string_view left, std::string_view right, text_unit unit) {
    // The algorithms prefer one side where several ways are as short: so that it does not matter which is
    // which, the smaller text is always on the same side.
    const bool turned = right < left;
    text_comparison made;
    text_comparer comparer{made};
    comparer.compare(turned ? right : left, turned ? left : right, text_unit::lines,
                     unit == text_unit::words);
    comparer.finish();
    if (!turned) {
        return made;
    }
    for (std::size_t i = 0; i < made.spans.size(); ++i) {
        auto& one = made.spans[i];
        std::swap(one.left, one.right);
        std::swap(one.left_bytes, one.right_bytes);
        one.kind = one.kind == change::removed ? change::added
                   : one.kind == change::added ? change::removed
                                               : one.kind;
        if (i > 0 && one.kind == change::removed && made.spans[i - 1].kind == change::added) {
            std::swap(one, made.spans[i - 1]);
        }
    }
    // What was removed now stands first, so the other's place on the left side is behind it, and so on.
    std::size_t left_at = 0;
    std::size_t right_at = 0;
    for (auto& one : made.spans) {
        one.left = left_at;
        one.right = right_at;
        left_at += one.left_bytes;
        right_at += one.right_bytes;
    }
    return made;
}

shown_text show_difference(std::string_view left, std::string_view right, text_unit unit,
                           const piece_limits& limits) {
    const auto comparison = compare_texts(left, right, unit);
    shown_text made;
    made.coarse = comparison.coarse;
    piece_list pieces{made, limits};
    for (std::size_t i = 0; i < comparison.spans.size(); ++i) {
        const auto& one = comparison.spans[i];
        if (one.kind == change::same) {
            pieces.add_same(left.substr(one.left, one.left_bytes), i == 0, i + 1 == comparison.spans.size());
        } else {
            pieces.add_changed(one.kind, one.kind == change::removed
                                             ? left.substr(one.left, one.left_bytes)
                                             : right.substr(one.right, one.right_bytes));
        }
    }
    return made;
}

}  // namespace tapes::read
