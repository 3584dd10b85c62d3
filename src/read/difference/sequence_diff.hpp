#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tapes::read {

/// Elements that two sequences have in common: `count` from `left` and from `right` on.
struct matched_run {
    std::size_t left = 0, right = 0, count = 0;
    bool operator==(const matched_run&) const = default;
};

struct sequence_match {
    std::vector<matched_run> runs;  ///< ascending on both sides
    bool coarse = false;            ///< there may be more, which were not looked for
};

/// Finds what two sequences have in common, in order. Ids are small numbers. Between elements that stand once
/// on each side (Bram Cohen's patience diff) it looks for the shortest edit (Myers, "An O(ND) Difference
/// Algorithm", 1986), as long as `work` lasts, which is shared by calls; then what is left counts as
/// different. All else is linear, but for a logarithm.
sequence_match match_sequences(std::span<const std::uint32_t> left, std::span<const std::uint32_t> right,
                               std::uint64_t& work);

/// So many steps are taken for one comparison.
inline constexpr std::uint64_t most_diff_work = std::uint64_t{1} << 24U;

}  // namespace tapes::read
