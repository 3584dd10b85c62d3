#pragma once

#include <tapes/read/cache_miss.hpp>

#include <cstdint>
#include <optional>

/// What can be said of a miss by the provider's figures alone.
namespace tapes::read {

/// How many tokens of a request its provider should find in the cache when the same beginning comes again.
std::int64_t left_in_cache(const exchange& before);

/// Sets outcome and missed tokens by `expected`.
void judge(cache_miss& to);

/// Tells whether the provider itself ran tools while it answered, so that its figures are sums of several
/// requests to the model.
bool ran_own_tools(sources& from, const exchange& one);

/// What was paid for tokens more than if they had been read from the cache; nothing where there is no price.
std::optional<picodollars> extra_cost_of(const sources& from, const exchange& one, std::int64_t missed);

/// Sets how long the cache was idle, as far as clocks can be trusted. Returns true where the exchange was
/// sent before the other one was answered.
bool measure_idle(cache_miss& to);

}  // namespace tapes::read
