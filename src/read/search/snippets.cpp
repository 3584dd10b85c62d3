#include "search/snippets.hpp"

#include <tapes/text/utf8.hpp>
#include <tapes/text/width.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace tapes::read {

namespace {

/// So far from where it would be cut, text is cut at a space instead.
constexpr std::size_t word_slack = 24;

using catalogue::text_place;

struct passage {
    std::size_t first = 0, end = 0;  ///< bytes of the part
    std::size_t phrases = 0;         ///< different ones in it
};

bool is_break(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/// The first of the passages of at most `most` bytes with the most phrases. `places` are of one piece,
/// ascending.
passage best_passage(const std::vector<text_place>& places, std::size_t most) {
    passage best;
    std::vector<std::uint32_t> counts;
    std::size_t phrases = 0;
    const auto count_of = [&](std::size_t phrase) -> std::uint32_t& {
        if (counts.size() <= phrase) {
            counts.resize(phrase + 1);
        }
        return counts[phrase];
    };
    std::size_t from = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        phrases += count_of(places[i].phrase)++ == 0 ? 1 : 0;
        while (from < i && places[i].end - places[from].first > most) {
            phrases -= --count_of(places[from].phrase) == 0 ? 1 : 0;
            ++from;
        }
        if (phrases > best.phrases) {
            best = {places[from].first, places[i].end, phrases};
        }
    }
    return best;
}

std::size_t cut_behind(std::string_view text, std::size_t at) noexcept {
    constexpr std::size_t most_bytes = 128;
    for (const auto end = std::min(text.size(), at + most_bytes); at < end && cut_before(text, at) != at;) {
        ++at;
    }
    return text::character_start(text, at);
}

/// Widens a passage to what is shown of a piece.
passage with_surroundings(std::string_view text, const catalogue::text_piece& piece, const passage& found,
                          std::size_t most) {
    const auto piece_end = piece.first + piece.size;
    passage made{found.first, std::min(found.end, piece_end), found.phrases};
    if (made.end - made.first >= most) {
        made.end = std::max(cut_before(text, made.first + most), std::min(made.first + 1, piece_end));
        made.end = cut_behind(text, made.end);
        return made;
    }
    const auto spare = most - (made.end - made.first);
    const auto before = std::min(made.first - piece.first, spare / 3);
    const auto behind = std::min(piece_end - made.end, spare - before);
    const auto more_before = std::min(made.first - piece.first, spare - behind);
    auto first = made.first - more_before;
    if (first > piece.first) {
        first = cut_behind(text, first);
        for (auto at = first; at < made.first && at < first + word_slack; ++at) {
            if (is_break(text[at])) {
                first = at + 1;
                break;
            }
        }
    }
    auto end = made.end + behind;
    if (end < piece_end) {
        end = std::max(cut_before(text, end), made.end);
        for (auto at = end; at > made.end && at + word_slack > end; --at) {
            if (is_break(text[at])) {
                end = at;
                break;
            }
        }
    }
    return {std::min(first, made.first), end, made.phrases};
}

std::vector<search_snippet::mark> marks_in(const std::vector<text_place>& places, const passage& shown) {
    std::vector<search_snippet::mark> marks;
    for (const auto& one : places) {
        const auto first = std::max(one.first, shown.first);
        const auto end = std::min(one.end, shown.end);
        if (first >= end) {
            continue;
        }
        const auto at = first - shown.first;
        if (!marks.empty() && at <= marks.back().first + marks.back().size) {
            marks.back().size = std::max(marks.back().size, end - shown.first - marks.back().first);
        } else {
            marks.push_back({at, end - first});
        }
    }
    return marks;
}

}  // namespace

std::size_t cut_before(std::string_view text, std::size_t at) noexcept {
    constexpr char32_t joiner = 0x200D;
    constexpr char32_t first_mark = 0x300;
    constexpr int most_marks = 32;
    const auto start = at = text::character_start(text, std::min(at, text.size()));
    for (int steps = 0; at > 0 && at < text.size(); ++steps) {
        const auto before = text::character_start(text, at - 1);
        const auto next = text::first_utf8(text.substr(at));
        const bool joined = text::first_utf8(text.substr(before)).point == joiner;
        const bool is_mark = next.valid && next.point >= first_mark && text::width_of(next.point) == 0;
        if (!joined && !is_mark) {
            break;
        }
        if (steps == most_marks) {
            return start;  // no character of any script has so many
        }
        at = before;
    }
    return at;
}

std::optional<chosen_snippet> choose_snippet(const catalogue::node_text& text,
                                             const catalogue::text_outline& outline,
                                             const std::vector<text_place>& places, std::size_t most) {
    std::optional<chosen_snippet> chosen;
    passage best;
    std::vector<text_place> best_places;
    auto sorted = places;
    std::ranges::sort(sorted, [](const text_place& one, const text_place& other) {
        return std::pair{one.part, one.first} < std::pair{other.part, other.first};
    });
    std::array<std::vector<const catalogue::text_piece*>, catalogue::text_parts> pieces;
    for (const auto& one : outline.pieces) {
        pieces[static_cast<std::size_t>(one.part)].push_back(&one);
    }
    for (auto at = sorted.begin(); at != sorted.end();) {
        const auto& of_part = pieces[static_cast<std::size_t>(at->part)];
        const auto behind = std::ranges::upper_bound(
            of_part, at->first, {}, [](const catalogue::text_piece* one) { return one->first; });
        if (behind == of_part.begin()) {
            ++at;
            continue;
        }
        const auto& piece = **(behind - 1);
        const auto end = std::find_if(at, sorted.end(), [&](const text_place& one) {
            return one.part != piece.part || one.first >= piece.first + piece.size;
        });
        if (end == at) {
            ++at;
            continue;
        }
        std::vector<text_place> its{at, end};
        if (const auto found = best_passage(its, most); found.phrases > best.phrases) {
            best = found;
            best_places = std::move(its);
            chosen.emplace().from = piece;
        }
        at = end;
    }
    if (!chosen) {
        return chosen;
    }
    const std::string_view all = *text.parts()[static_cast<std::size_t>(chosen->from.part)];
    const auto shown = with_surroundings(all, chosen->from, best, most);
    chosen->made.text = all.substr(shown.first, shown.end - shown.first);
    chosen->made.marks = marks_in(best_places, shown);
    chosen->made.more_before = shown.first > chosen->from.first;
    chosen->made.more_behind = shown.end < chosen->from.first + chosen->from.size;
    return chosen;
}

}  // namespace tapes::read
