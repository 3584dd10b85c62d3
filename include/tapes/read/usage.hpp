#pragma once

#include <tapes/catalogue/reader.hpp>
#include <tapes/read/cost.hpp>
#include <tapes/read/prices.hpp>

#include <cstdint>
#include <map>
#include <string>
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

/// Sums usage by the parts that are asked for, in the order of their keys.
std::vector<usage> usage_by(catalogue::reader& from, const price_table& prices,
                            const catalogue::usage_parts& by, const catalogue::usage_filter& filter);

/// What each of these sessions used; one without turns is not among them.
std::map<std::int64_t, usage> usage_of_sessions(catalogue::reader& from, const price_table& prices,
                                                const std::vector<std::int64_t>& sessions);

}  // namespace tapes::read
