#pragma once

#include <tapes/catalogue/reader.hpp>
#include <tapes/read/cost.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// Above how many tokens of context (catalogue::context_bounds) other prices hold, for the whole request.
struct price_tier {
    std::int64_t context_above = 0;
    picodollars input = 0, cache_read = 0, cache_write_5m = 0, cache_write_1h = 0, output = 0;  ///< a token
};

/// What a model costs from a day on.
struct price_row {
    /// As turns are recorded under it. "": any but `ollama`, whose models run on a machine of one's own and
    /// have no price unless a row names that provider.
    std::string provider;
    std::string model;   ///< a name, or a pattern with `*` for dates and the like: `claude-opus-4-5-*`
    std::string since;   ///< the first day, `2026-01-31`; "": always
    std::string source;  ///< where the price was published
    std::vector<price_tier> tiers;  ///< ascending; the first holds from 0
};

/// A dated table of prices. A row holds for models whose name it matches, as it is recorded or as its maker
/// writes it (without what gateways and clouds put around it; the rules are in docs/reading.md). Of several,
/// an own row is taken before a built-in one, a whole name before a pattern, a long pattern before a short
/// one, and then the newest `since` that is not after the day. Immutable: safe for several threads.
class price_table {
public:
    /// The rows of config/prices.toml as this program was built with it, behind those of `own`.
    explicit price_table(std::vector<price_row> own = {});

    /// What the turns of a sum cost. The name that answered is looked up first, then the requested one. Every
    /// turn is unpriced where the table has no price for either. `sum` must be kept by day, provider, model,
    /// response_model and context.
    cost price(const catalogue::usage_sum& sum) const;
    /// The row for a model of a provider on a day (`2026-01-31`); nothing where there is none. Valid as long
    /// as the table.
    const price_row* find(std::string_view provider, std::string_view model, std::string_view day) const;
    /// The day on which the built-in rows were looked up.
    std::string_view dated() const noexcept;

private:
    std::vector<price_row> rows_;
    std::size_t own_rows_;  ///< the first so many of them
    std::string dated_;
};

/// Reads rows as config/prices.toml has them. Throws std::runtime_error, which names the row and what is
/// wrong.
std::vector<price_row> read_price_rows(std::string_view toml);

}  // namespace tapes::read
