#pragma once

#include "difference/sequence_diff.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tapes::read {

/// Elements of two sequences that are set side by side, or one that stands alone.
struct paired {
    std::optional<std::size_t> left, right;
    bool same = false;
};

/// Sets elements with the same number side by side, and of those between, in order, the ones for which
/// `alike(left, right)` holds.
template <class Alike>
std::vector<paired> pair_up(const std::vector<std::uint32_t>& left, const std::vector<std::uint32_t>& right,
                            Alike&& alike) {
    auto work = most_diff_work;
    auto match = match_sequences(left, right, work);
    match.runs.push_back({left.size(), right.size(), 0});
    std::vector<paired> pairs;
    std::size_t at_left = 0;
    std::size_t at_right = 0;
    for (const auto& run : match.runs) {
        while (at_left < run.left || at_right < run.right) {
            const auto lefts = run.left - at_left;
            const auto rights = run.right - at_right;
            if (lefts != 0 && rights != 0 && alike(at_left, at_right)) {
                pairs.push_back({at_left++, at_right++, false});
            } else if (lefts != 0 && lefts >= rights) {
                pairs.push_back({at_left++, std::nullopt, false});
            } else {
                pairs.push_back({std::nullopt, at_right++, false});
            }
        }
        for (std::size_t i = 0; i < run.count; ++i) {
            pairs.push_back({at_left++, at_right++, true});
        }
    }
    return pairs;
}

}  // namespace tapes::read
