#pragma once

#include <tapes/catalogue/reader.hpp>
#include <tapes/read/cost.hpp>

#include <memory>
#include <optional>
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
    std::string provider;  ///< "": any
    std::string model;     ///< a name, or a pattern with `*` for dates and the like: `claude-opus-4-5-*`
    std::string since;     ///< the first day, `2026-01-31`; "": always
    std::string source;    ///< where the price was published
    std::vector<price_tier> tiers;  ///< ascending; the first holds from 0
};

/// A dated table of prices. Own rows stand before the built-in ones. Immutable: safe for several threads.
class price_table {
public:
    /// The rows of config/prices.toml as this program was built with it, behind those of `own`.
    explicit price_table(std::vector<price_row> own = {});

    /// What the turns of a sum cost. The name that answered is looked up first, then the requested one. Every
    /// turn is unpriced where the table has no price for either. `sum` must be kept by day, provider, model,
    /// response_model and context.
    cost price(const catalogue::usage_sum& sum) const;
    /// The row for a model of a provider on a day; nothing where there is none. Valid as long as the table.
    const price_row* find(std::string_view provider, std::string_view model, std::string_view day) const;
    /// The day of the built-in rows.
    std::string_view dated() const noexcept;

private:
    std::vector<price_row> rows_;
};

/// Reads rows as config/prices.toml has them. Throws std::runtime_error, which names the row and what is
/// wrong.
std::vector<price_row> read_price_rows(std::string_view toml);

}  // namespace tapes::read
