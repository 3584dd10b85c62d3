#include "difference/part_comparison.hpp"

#include "difference/pairing.hpp"

#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::read {

namespace {

constexpr std::size_t most_part_bytes = std::size_t{1} << 18;
/// Parts that differ are told up to this many.
constexpr std::size_t most_parts_told = 512;

using part_list = std::vector<const request_part*>;

part_side side_of_part(const request_part& from) {
    return {from.number, from.block, from.length, from.cache_control};
}

bool is_json_text(std::string_view text) {
    return text.starts_with('{') || text.starts_with('[');
}

/// Whether all values are the same of texts that are not: numbers may be too large to tell them apart, and
/// the order of keys counts for who caches.
bool says_nothing(const json_comparison& values) {
    return values.compared && values.values.empty() && values.more == 0;
}

class part_comparer {
public:
    part_comparer(const told_request& left, const told_request& right, text_unit unit,
                  exchange_comparison& to)
        : left_{left}, right_{right}, unit_{unit}, to_{to} {}

    void compare_named(const part_list& lefts, const part_list& rights);
    void compare_ordered(const part_list& lefts, const part_list& rights);

private:
    void tell(const request_part* left, const request_part* right);
    void tell_text(const request_part* left, const request_part* right, part_difference& to) const;

    const told_request& left_;
    const told_request& right_;
    text_unit unit_;
    exchange_comparison& to_;
};

void part_comparer::tell_text(const request_part* left, const request_part* right,
                              part_difference& to) const {
    const auto before = left == nullptr ? excerpt{} : part_text(left_.body, *left, most_part_bytes);
    const auto after = right == nullptr ? excerpt{} : part_text(right_.body, *right, most_part_bytes);
    if (is_json_text(before.text) && is_json_text(after.text)) {
        to.values = compare_json(before.text, after.text, unit_);
    }
    if (says_nothing(to.values)) {  // the digests differ
        to.values = {};
    }
    if (!to.values.compared) {
        to.text = show_difference(before.text, after.text, unit_);
    }
}

void part_comparer::tell(const request_part* left, const request_part* right) {
    text::count_work(1);
    const bool both = left != nullptr && right != nullptr;
    const bool equal = both && left->digest == right->digest;
    if (equal && left->cache_control == right->cache_control) {
        ++to_.same_parts;
        return;
    }
    if (to_.parts.size() == most_parts_told) {
        ++to_.more_parts;
        return;
    }
    const auto& shown = right != nullptr ? *right : *left;
    auto& made = to_.parts.emplace_back();
    made.kind = both ? change::changed : left != nullptr ? change::removed : change::added;
    made.part = shown.kind;
    made.name = shown.name;
    made.type = shown.type;
    made.only_cache_control = equal;
    if (left != nullptr) {
        made.left = side_of_part(*left);
    }
    if (right != nullptr) {
        made.right = side_of_part(*right);
    }
    if (!equal) {
        tell_text(left, right, made);
    }
}

/// Parameters and tools are told apart by their names; of the same name, in order.
void part_comparer::compare_named(const part_list& lefts, const part_list& rights) {
    struct same_named {
        part_list parts;
        std::size_t paired = 0;  ///< so many of the first
        std::size_t seen = 0;
    };
    std::map<std::string_view, same_named> others;
    for (const auto* const one : rights) {
        others[one->name].parts.push_back(one);
    }
    std::vector<std::string_view> left_names;
    for (const auto* const one : lefts) {
        const auto found = others.find(one->name);
        const bool has_other = found != others.end() && found->second.paired < found->second.parts.size();
        tell(one, has_other ? found->second.parts[found->second.paired++] : nullptr);
        if (has_other) {
            left_names.push_back(one->name);
        }
    }
    std::vector<std::string_view> right_names;
    for (const auto* const one : rights) {
        auto& named = others[one->name];
        named.seen++ < named.paired ? right_names.push_back(one->name) : tell(nullptr, one);
    }
    if (!lefts.empty() && lefts.front()->kind == part_kind::tool) {
        to_.tools_reordered = left_names != right_names;
    }
}

/// Blocks of the system text and of messages stand in an order.
void part_comparer::compare_ordered(const part_list& lefts, const part_list& rights) {
    std::map<std::pair<merkle::digest, std::string>, std::uint32_t> known;
    const auto number = [&](const part_list& all) {
        std::vector<std::uint32_t> numbers;
        for (const auto* const one : all) {
            numbers.push_back(
                known.emplace(std::pair{one->digest, one->name}, static_cast<std::uint32_t>(known.size()))
                    .first->second);
        }
        return numbers;
    };
    const auto left_numbers = number(lefts);
    const auto right_numbers = number(rights);
    const auto alike = [&](std::size_t one, std::size_t other) {
        return lefts[one]->name == rights[other]->name && lefts[one]->type == rights[other]->type;
    };
    for (const auto& pair : pair_up(left_numbers, right_numbers, alike)) {
        tell(pair.left ? lefts[*pair.left] : nullptr, pair.right ? rights[*pair.right] : nullptr);
    }
}

part_list parts_of(const told_request& from, part_kind kind) {
    part_list found;
    for (const auto& one : from.parts.parts) {
        if (one.kind == kind) {
            found.push_back(&one);
        }
    }
    return found;
}

}  // namespace

void compare_parts(const told_request& left, const told_request& right, text_unit unit,
                   exchange_comparison& to) {
    part_comparer comparer{left, right, unit, to};
    for (const auto kind : {part_kind::model, part_kind::parameter, part_kind::tool}) {
        comparer.compare_named(parts_of(left, kind), parts_of(right, kind));
    }
    for (const auto kind : {part_kind::system, part_kind::message}) {
        comparer.compare_ordered(parts_of(left, kind), parts_of(right, kind));
    }
}

}  // namespace tapes::read
