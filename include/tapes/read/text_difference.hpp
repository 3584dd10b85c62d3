#pragma once

#include <tapes/read/block.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// What became of a thing from the left side to the right one.
enum class change : int {
    same = 1,
    removed = 2,  ///< it is on the left side only
    added = 3,    ///< it is on the right side only
    changed = 4,  ///< it is on both, and differs
};
std::string_view to_string(change value) noexcept;

/// What texts are compared by. Words are those of scripts with spaces; of others each character is one. No
/// character is cut, and none from the marks that are drawn over it.
enum class text_unit : int { words = 1, lines = 2 };

/// Bytes of two texts that are the same, or stand in one of them only.
struct text_span {
    change kind = change::same;  ///< never `changed`
    std::size_t left = 0, left_bytes = 0;
    std::size_t right = 0, right_bytes = 0;
    bool operator==(const text_span&) const = default;
};

/// How to come from one text to another: the spans that are the same or removed are the left text, those that
/// are the same or added the right one. What is removed stands before what is added in its place.
struct text_comparison {
    std::vector<text_span> spans;
    bool coarse = false;  ///< somewhere so much differs that no smaller differences were looked for
};

/// Compares two texts of any bytes. Work is bounded by a constant beyond what is linear in the bytes, so that
/// of texts of which almost all differs large parts are told as replaced. Comparing the other way round gives
/// the same with removed and added changed over.
text_comparison compare_texts(std::string_view left, std::string_view right, text_unit unit);

/// A piece of a comparison as it is shown.
struct text_piece {
    change kind = change::same;
    std::string text;
    std::uint64_t omitted = 0;  ///< bytes of the same kind that follow and are not told
    std::string digest;         ///< SHA-256 of those, in hexadecimal, where they are base64; else ""
};

/// How much of a comparison is shown.
struct piece_limits {
    std::size_t context_bytes = 160;  ///< of what is the same, before and behind a change
    std::size_t piece_bytes = 16384;  ///< of one that was removed or added
    std::size_t pieces = 2048;
};

/// A comparison as pieces; `more` counts those that are not told.
struct shown_text {
    std::vector<text_piece> pieces;
    std::uint64_t more = 0;
    std::uint64_t removed_bytes = 0, added_bytes = 0;  ///< of all of them
    bool coarse = false;
};
shown_text show_difference(std::string_view left, std::string_view right, text_unit unit,
                           const piece_limits& limits = {});

/// A value within two JSON texts.
struct value_change {
    std::string
        path;  ///< RFC 6901, in the right text; of what was removed, in the left one; at most 1,024 bytes
    change kind = change::changed;
    excerpt left, right;  ///< as JSON; a string that changed to another one is told in `text`
    shown_text text;
};

/// How two JSON texts differ.
struct json_comparison {
    bool compared = false;  ///< false: one of them is no JSON, too deep or too large
    std::vector<value_change> values;
    std::uint64_t more = 0;  ///< values that are not told
};

/// Compares two JSON texts value by value. The order of an object's members and how strings are escaped do
/// not count.
json_comparison compare_json(std::string_view left, std::string_view right, text_unit unit);

}  // namespace tapes::read
