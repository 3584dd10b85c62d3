#pragma once

#include <tapes/catalogue/reader.hpp>
#include <tapes/read/cost.hpp>
#include <tapes/read/prices.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::read {

/// What was used, and what it cost.
struct usage {
    catalogue::usage_sum sum;  ///< of its key, the parts that were asked for are set
    cost price;
    /// Models that the table has no price for, by the name that answered (else the requested one), with their
    /// turns.
    std::map<std::string, std::uint64_t> unpriced_models;

    usage& operator+=(const usage& more);
};

/// A part of the key of sums, by which they can be asked for.
struct usage_column {
    std::string_view name;
    bool catalogue::usage_parts::*wanted;
    std::string catalogue::usage_key::*text;  ///< nullptr: the session
};

inline constexpr std::array usage_columns{
    usage_column{"day", &catalogue::usage_parts::day, &catalogue::usage_key::day},
    usage_column{"model", &catalogue::usage_parts::model, &catalogue::usage_key::model},
    usage_column{"provider", &catalogue::usage_parts::provider, &catalogue::usage_key::provider},
    usage_column{"project", &catalogue::usage_parts::project, &catalogue::usage_key::project},
    usage_column{"agent", &catalogue::usage_parts::agent_name, &catalogue::usage_key::agent_name},
    usage_column{"session", &catalogue::usage_parts::session, nullptr},
};

/// Values of columns by their names.
using usage_keys = std::vector<std::pair<std::string, std::string>>;

/// What a key has in a column; of a session its name, "" where there is none any more.
std::string usage_value(catalogue::reader& from, const usage_column& column, const catalogue::usage_key& key);
usage_keys usage_keys_of(catalogue::reader& from, const std::vector<const usage_column*>& columns,
                         const catalogue::usage_key& key);

/// Sums usage by the parts that are asked for, in the order of their keys.
std::vector<usage> usage_by(catalogue::reader& from, const price_table& prices,
                            const catalogue::usage_parts& by, const catalogue::usage_filter& filter);

/// By what sums may be ordered, the largest first.
enum class usage_order { key, cost, tokens, turns, errors, dropped };
inline constexpr std::array<std::string_view, 6> usage_orders{"key",   "cost",   "tokens",
                                                              "turns", "errors", "dropped"};

/// Puts the first `most` of sums in an order, and drops the others; of what is equal that with more tokens
/// stands first. By `key` they stay in the order in which they are.
void order_usage(std::vector<usage>& sums, usage_order by, std::size_t most);

/// What each of these sessions used; one without turns is not among them.
std::map<std::int64_t, usage> usage_of_sessions(catalogue::reader& from, const price_table& prices,
                                                const std::vector<std::int64_t>& sessions);

}  // namespace tapes::read
