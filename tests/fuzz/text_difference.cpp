// What differs between two texts: the input up to its first NUL, and what stands behind that.
#include "fuzz.hpp"

#include <tapes/read/text_difference.hpp>
#include <tapes/text/utf8.hpp>

#include <string>

namespace {

using namespace tapes;

/// Checks that the spans lead from one text to the other.
void check(std::string_view left, std::string_view right, const read::text_comparison& made) {
    std::string before;
    std::string after;
    for (const auto& one : made.spans) {
        fuzz::require(one.left == before.size() && one.right == after.size(), "spans follow each other");
        fuzz::require(one.left_bytes + one.right_bytes != 0, "no span is empty");
        before += left.substr(one.left, one.left_bytes);
        after += right.substr(one.right, one.right_bytes);
        fuzz::require(one.kind != read::change::same ||
                          left.substr(one.left, one.left_bytes) == right.substr(one.right, one.right_bytes),
                      "what is the same is the same");
        fuzz::require(one.kind != read::change::removed || one.right_bytes == 0,
                      "what is removed is on the left only");
        fuzz::require(one.kind != read::change::added || one.left_bytes == 0,
                      "what is added is on the right only");
    }
    fuzz::require(before == left && after == right, "a difference leads from one text to the other");
}

void check_both_ways(std::string_view left, std::string_view right, read::text_unit unit) {
    const auto made = read::compare_texts(left, right, unit);
    const auto turned = read::compare_texts(right, left, unit);
    check(left, right, made);
    check(right, left, turned);
    fuzz::require(made.spans.size() == turned.spans.size(), "it is the same the other way round");
    const auto none = read::compare_texts(left, left, unit);
    fuzz::require(none.spans.size() == (left.empty() ? 0U : 1U), "a text does not differ from itself");
    const auto shown = read::show_difference(left, right, unit, {4, 16, 64});
    if (text::valid_utf8(left) && text::valid_utf8(right)) {
        for (const auto& piece : shown.pieces) {
            fuzz::require(text::valid_utf8(piece.text), "no character is cut");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto all = fuzz::text_of(data, size);
    const auto end = std::min(all.find('\0'), all.size());
    const auto left = all.substr(0, end);
    const auto right = all.substr(std::min(end + 1, all.size()));
    check_both_ways(left, right, read::text_unit::words);
    check_both_ways(left, right, read::text_unit::lines);
    read::compare_json(left, right, read::text_unit::words);
    return 0;
}
