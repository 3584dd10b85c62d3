#include "transcript/folding.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tapes::read {

namespace {

/// The calls of an answer, by what their results name them.
class call_table {
public:
    explicit call_table(std::vector<block>& answer) {
        for (auto& one : answer) {
            if (one.kind == block_kind::call) {
                by_id_.emplace(one.call_id, &one);
                calls_.push_back(&one);
            }
        }
    }

    block* find(const block& result) {
        if (!result.call_id.empty()) {
            const auto found = by_id_.find(result.call_id);
            return found == by_id_.end() ? nullptr : found->second;
        }
        if (result.kind != block_kind::result) {
            return nullptr;
        }
        const auto open = std::ranges::find_if(calls_, [&](const block* one) {
            return one->results.empty() && (result.tool.empty() || one->tool == result.tool);
        });
        return open == calls_.end() ? nullptr : *open;
    }

private:
    std::unordered_map<std::string_view, block*> by_id_;
    std::vector<block*> calls_;
};

bool is_of_call(const block& one) {
    return one.kind == block_kind::result || (one.kind != block_kind::call && !one.call_id.empty());
}

}  // namespace

void fold_results(std::vector<block>& answer, std::vector<block>& from) {
    call_table calls{answer};
    std::erase_if(from, [&](block& one) {
        auto* const call = is_of_call(one) ? calls.find(one) : nullptr;
        if (call != nullptr) {
            call->results.push_back(std::move(one));
        }
        return call != nullptr;
    });
}

void fold_own_results(std::vector<block>& answer) {
    std::vector<block> results;
    std::vector<block> rest;
    for (auto& one : answer) {
        (one.kind == block_kind::result && !one.call_id.empty() ? results : rest).push_back(std::move(one));
    }
    fold_results(rest, results);
    std::ranges::move(results, std::back_inserter(rest));
    answer = std::move(rest);
}

}  // namespace tapes::read
