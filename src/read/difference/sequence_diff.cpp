#include "difference/sequence_diff.hpp"

#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace tapes::read {

namespace {

using ids = std::span<const std::uint32_t>;

constexpr int most_levels = 48;
constexpr int most_edits = 2048;

struct both_ranges {
    std::size_t left, left_end, right, right_end;

    std::size_t left_size() const noexcept { return left_end - left; }
    std::size_t right_size() const noexcept { return right_end - right; }
    bool is_done() const noexcept { return left == left_end || right == right_end; }
};

/// How often an id stands in the range at hand, and where.
struct id_count {
    std::uint32_t range = 0;
    std::uint32_t left = 0, right = 0;
    std::size_t right_at = 0;
};

class sequence_matcher {
public:
    sequence_matcher(ids left, ids right, std::uint64_t& work) : left_{left}, right_{right}, work_{work} {
        std::uint32_t highest = 0;
        for (const auto& side : {left, right}) {
            for (const auto id : side) {
                highest = std::max(highest, id);
            }
        }
        counts_.resize(std::size_t{highest} + 1);
    }

    sequence_match match() {
        match(both_ranges{0, left_.size(), 0, right_.size()}, 0);
        return std::move(found_);
    }

private:
    void match(both_ranges at, int level);
    std::vector<std::pair<std::size_t, std::size_t>> anchors(const both_ranges& at, bool& common);
    bool match_shortest(const both_ranges& at);
    std::size_t run_from(std::size_t left, std::size_t right, const both_ranges& at) const;
    void add(std::size_t left, std::size_t right, std::size_t count);

    ids left_, right_;
    std::uint64_t& work_;
    std::vector<id_count> counts_;
    std::uint32_t range_ = 0;
    sequence_match found_;
};

void sequence_matcher::add(std::size_t left, std::size_t right, std::size_t count) {
    if (count == 0) {
        return;
    }
    if (!found_.runs.empty()) {
        auto& last = found_.runs.back();
        if (last.left + last.count == left && last.right + last.count == right) {
            last.count += count;
            return;
        }
    }
    found_.runs.push_back({left, right, count});
}

void sequence_matcher::match(both_ranges at, int level) {
    std::size_t same = 0;
    while (at.left + same < at.left_end && at.right + same < at.right_end &&
           left_[at.left + same] == right_[at.right + same]) {
        ++same;
    }
    add(at.left, at.right, same);
    at.left += same;
    at.right += same;
    std::size_t tail = 0;
    while (!at.is_done() && left_[at.left_end - 1] == right_[at.right_end - 1]) {
        --at.left_end;
        --at.right_end;
        ++tail;
    }
    if (!at.is_done()) {
        bool common = false;
        const auto fixed =
            level < most_levels ? anchors(at, common) : std::vector<std::pair<std::size_t, std::size_t>>{};
        if (level >= most_levels) {
            found_.coarse = true;
        } else if (!fixed.empty()) {
            auto rest = at;
            for (const auto& [left, right] : fixed) {
                match({rest.left, left, rest.right, right}, level + 1);
                add(left, right, 1);
                rest.left = left + 1;
                rest.right = right + 1;
            }
            match(rest, level + 1);
        } else if (common && !match_shortest(at)) {
            found_.coarse = true;
        }
    }
    add(at.left_end, at.right_end, tail);
}

/// The longest ascending part of the elements that stand once on each side of the range. `common` tells
/// whether there is anything that stands on both.
std::vector<std::pair<std::size_t, std::size_t>> sequence_matcher::anchors(const both_ranges& at,
                                                                           bool& common) {
    ++range_;
    text::count_work(at.left_size() + at.right_size());
    for (auto i = at.left; i < at.left_end; ++i) {
        auto& count = counts_[left_[i]];
        count = count.range == range_ ? count : id_count{range_};
        ++count.left;
    }
    for (auto i = at.right; i < at.right_end; ++i) {
        auto& count = counts_[right_[i]];
        count = count.range == range_ ? count : id_count{range_};
        ++count.right;
        count.right_at = i;
        common = common || count.left != 0;
    }
    std::vector<std::pair<std::size_t, std::size_t>> once;
    for (auto i = at.left; i < at.left_end; ++i) {
        const auto& count = counts_[left_[i]];
        if (count.left == 1 && count.right == 1) {
            once.emplace_back(i, count.right_at);
        }
    }
    constexpr auto none = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> ends;  // of the best parts of each length
    std::vector<std::size_t> before(once.size(), none);
    for (std::size_t i = 0; i < once.size(); ++i) {
        const auto place = std::ranges::lower_bound(ends, once[i].second, {},
                                                    [&](std::size_t one) { return once[one].second; });
        before[i] = place == ends.begin() ? none : *std::prev(place);
        if (place == ends.end()) {
            ends.push_back(i);
        } else {
            *place = i;
        }
    }
    std::vector<std::pair<std::size_t, std::size_t>> chosen;
    for (auto i = ends.empty() ? none : ends.back(); i != none; i = before[i]) {
        chosen.push_back(once[i]);
    }
    std::ranges::reverse(chosen);
    return chosen;
}

std::size_t sequence_matcher::run_from(std::size_t left, std::size_t right, const both_ranges& at) const {
    std::size_t count = 0;
    while (left + count < at.left_end && right + count < at.right_end &&
           left_[left + count] == right_[right + count]) {
        ++count;
    }
    return count;
}

/// Myers' greedy algorithm. False, and nothing added, where it takes too many edits or too much work.
bool sequence_matcher::match_shortest(const both_ranges& at) {
    const auto rows = static_cast<std::ptrdiff_t>(at.left_size());
    const auto columns = static_cast<std::ptrdiff_t>(at.right_size());
    const auto most = static_cast<int>(std::min<std::ptrdiff_t>(rows + columns, most_edits));
    // Of each number of edits, how far each diagonal came, from -edits to edits in steps of two.
    std::vector<std::vector<std::int32_t>> reached;
    const auto far = [&](int edits, int diagonal) -> std::ptrdiff_t {
        return reached[static_cast<std::size_t>(edits)][static_cast<std::size_t>((diagonal + edits) / 2)];
    };
    const auto comes_down = [&](int edits, int diagonal) {
        return diagonal == -edits ||
               (diagonal != edits && far(edits - 1, diagonal - 1) < far(edits - 1, diagonal + 1));
    };
    const auto begin_of = [&](int edits, int diagonal) -> std::ptrdiff_t {
        return edits == 0                    ? 0
               : comes_down(edits, diagonal) ? far(edits - 1, diagonal + 1)
                                             : far(edits - 1, diagonal - 1) + 1;
    };
    const auto place = [&](std::ptrdiff_t x, int diagonal) {
        return std::pair{at.left + static_cast<std::size_t>(x),
                         at.right + static_cast<std::size_t>(x - diagonal)};
    };
    int edits = 0;
    bool over = false;
    for (; edits <= most && !over; ++edits) {
        const auto work_before = work_;
        reached.emplace_back(static_cast<std::size_t>(edits) + 1);
        for (int diagonal = -edits; diagonal <= edits; diagonal += 2) {
            auto x = begin_of(edits, diagonal);
            const auto y = x - diagonal;
            std::size_t run = 0;
            if (x <= rows && y >= 0 && y <= columns) {
                const auto [left, right] = place(x, diagonal);
                run = run_from(left, right, at);
            }
            if (work_ < run + 1) {
                work_ = 0;
                return false;
            }
            work_ -= run + 1;
            x += static_cast<std::ptrdiff_t>(run);
            reached.back()[static_cast<std::size_t>((diagonal + edits) / 2)] = static_cast<std::int32_t>(x);
            over = over || (x >= rows && x - diagonal >= columns);
        }
        text::count_work(work_before - work_);
    }
    if (!over) {
        return false;
    }
    std::vector<matched_run> backwards;
    auto diagonal = static_cast<int>(rows - columns);
    for (--edits; edits >= 0; --edits) {
        const auto begin = begin_of(edits, diagonal);
        const auto end = far(edits, diagonal);
        const auto [left, right] = place(begin, diagonal);
        backwards.push_back({left, right, static_cast<std::size_t>(end - begin)});
        if (edits > 0) {
            diagonal += comes_down(edits, diagonal) ? 1 : -1;
        }
    }
    for (auto run = backwards.rbegin(); run != backwards.rend(); ++run) {
        add(run->left, run->right, run->count);
    }
    return true;
}

}  // namespace

sequence_match match_sequences(ids left, ids right, std::uint64_t& work) {
    return sequence_matcher{left, right, work}.match();
}

}  // namespace tapes::read
