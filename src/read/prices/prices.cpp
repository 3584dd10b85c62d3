#include "prices/built_in_prices.hpp"
#include "prices/model_name.hpp"
#include "prices/price_file.hpp"
#include "prices/saturated.hpp"

#include <tapes/read/prices.hpp>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace tapes::read {
namespace {

const price_tier& tier_for(const price_row& row, std::int64_t context_above) noexcept {
    const auto behind = std::find_if(row.tiers.begin() + 1, row.tiers.end(), [&](const price_tier& tier) {
        return tier.context_above > context_above;
    });
    return *(behind - 1);
}

/// How well a row tells what is meant: a whole name better than a pattern, a long pattern better than a short
/// one; among equals the newest price.
std::tuple<bool, bool, std::size_t, std::string_view> precision(const price_row& row, bool own) noexcept {
    return {own, row.model.find('*') == std::string::npos, row.model.size(), row.since};
}

}  // namespace

price_table::price_table(std::vector<price_row> own) : rows_{std::move(own)}, own_rows_{rows_.size()} {
    static const auto built_in = read_price_file(built_in_prices());
    dated_ = built_in.dated;
    rows_.insert(rows_.end(), built_in.rows.begin(), built_in.rows.end());
}

const price_row* price_table::find(std::string_view provider, std::string_view model,
                                   std::string_view day) const {
    const auto plain = plain_model_name(model);
    const price_row* best = nullptr;
    bool best_own = false;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const auto& row = rows_[i];
        const bool own = i < own_rows_;
        const bool local = provider == "ollama";
        if (row.since > day || (row.provider.empty() ? local : row.provider != provider)) {
            continue;
        }
        if (!model_matches(row.model, model) && !model_matches(row.model, plain)) {
            continue;
        }
        if (best == nullptr || precision(row, own) > precision(*best, best_own)) {
            best = &row;
            best_own = own;
        }
    }
    return best;
}

cost price_table::price(const catalogue::usage_sum& sum) const {
    cost sums;
    const auto* row = find(sum.key.provider, sum.key.response_model, sum.key.day);
    row = row != nullptr ? row : find(sum.key.provider, sum.key.model, sum.key.day);
    if (row == nullptr) {
        sums.unpriced = sum.turns;
        return sums;
    }
    const auto& tier = tier_for(*row, sum.key.context_above);
    const auto& tokens = sum.tokens;
    sums.unpriced = std::min(sum.without_usage, sum.turns);
    sums.priced = sum.turns - sums.unpriced;
    sums.input = saturated_product(tokens.input, tier.input);
    sums.cache_read = saturated_product(tokens.cache_read, tier.cache_read);
    // Of a write whose lifetime is not told, the shorter one: it is what providers write by default.
    sums.cache_write =
        saturated_sum(saturated_product(tokens.cache_write, tier.cache_write_5m),
                      saturated_sum(saturated_product(tokens.cache_write_5m, tier.cache_write_5m),
                                    saturated_product(tokens.cache_write_1h, tier.cache_write_1h)));
    sums.output = saturated_product(tokens.output, tier.output);
    return sums;
}

std::string_view price_table::dated() const noexcept {
    return dated_;
}

}  // namespace tapes::read
