#include "difference/pairing.hpp"

#include <tapes/read/session_difference.hpp>
#include <tapes/read/transcript.hpp>
#include <tapes/read/usage.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace tapes::read {

namespace {

std::vector<tool_comparison> compare_tools(catalogue::reader& from, std::int64_t left, std::int64_t right) {
    std::map<std::string, tool_comparison> all;
    for (const bool first : {true, false}) {
        catalogue::usage_filter filter;
        filter.sessions = {first ? left : right};
        for (const auto& one : from.tools(false, filter)) {
            auto& made = all[one.tool];
            made.tool = one.tool;
            (first ? made.left_calls : made.right_calls) = one.calls;
            (first ? made.left_errors : made.right_errors) = one.errors;
        }
    }
    std::vector<tool_comparison> made;
    made.reserve(all.size());
    for (auto& [name, one] : all) {
        made.push_back(std::move(one));
    }
    return made;
}

using thread_list = std::vector<catalogue::thread>;

thread_side side_of_thread(const thread_list& all, std::size_t at, std::uint64_t nodes) {
    return {all[at], at + 1, number_of(all, all[at].continues), nodes};
}

thread_comparison compare_threads(sources& from, const thread_list& lefts, const thread_list& rights,
                                  const paired& pair) {
    using links = std::vector<store::chain_link>;
    const auto before = pair.left ? from.chains.chain(lefts[*pair.left].head) : links{};
    const auto after = pair.right ? from.chains.chain(rights[*pair.right].head) : links{};
    thread_comparison made;
    if (pair.left) {
        made.left = side_of_thread(lefts, *pair.left, before.size());
    }
    if (pair.right) {
        made.right = side_of_thread(rights, *pair.right, after.size());
    }
    const auto ends =
        std::ranges::mismatch(before, after, {}, &store::chain_link::node, &store::chain_link::node);
    made.common_nodes = static_cast<std::uint64_t>(ends.in1 - before.begin());
    return made;
}

}  // namespace

std::optional<session_comparison> compare_sessions(sources& from, const price_table& prices,
                                                   std::int64_t left, std::int64_t right) {
    auto before = from.catalogue ? from.catalogue->session_by_id(left) : std::nullopt;
    auto after = before ? from.catalogue->session_by_id(right) : std::nullopt;
    if (!after || !before) {
        return std::nullopt;
    }
    auto used = usage_of_sessions(*from.catalogue, prices, {left, right});
    session_comparison made;
    made.left = {std::move(*before), used[left].price};
    made.right = {std::move(*after), used[right].price};
    made.tools = compare_tools(*from.catalogue, left, right);
    const auto lefts = from.catalogue->threads(left);
    const auto rights = from.catalogue->threads(right);
    std::map<std::pair<catalogue::thread_kind, std::string>, std::uint32_t> known;
    const auto number = [&](const thread_list& all) {
        std::vector<std::uint32_t> numbers;
        for (const auto& one : all) {
            numbers.push_back(
                known.emplace(std::pair{one.kind, one.title}, static_cast<std::uint32_t>(known.size()))
                    .first->second);
        }
        return numbers;
    };
    const auto left_numbers = number(lefts);
    const auto right_numbers = number(rights);
    const auto alike = [&](std::size_t one, std::size_t other) {
        return lefts[one].kind == rights[other].kind;
    };
    for (const auto& pair : pair_up(left_numbers, right_numbers, alike)) {
        made.threads.push_back(compare_threads(from, lefts, rights, pair));
    }
    return made;
}

}  // namespace tapes::read
