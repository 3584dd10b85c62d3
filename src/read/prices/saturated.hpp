#pragma once

#include <tapes/read/cost.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

/// Figures that would run over become the largest that there is: some nine million dollars.
namespace tapes::read {

inline picodollars saturated_sum(picodollars one, picodollars other) noexcept {
    picodollars sum = 0;
    return __builtin_add_overflow(one, other, &sum) ? std::numeric_limits<picodollars>::max() : sum;
}

/// `tokens` below 0 count as none.
inline picodollars saturated_product(std::int64_t tokens, picodollars price) noexcept {
    picodollars product = 0;
    return __builtin_mul_overflow(std::max<std::int64_t>(tokens, 0), price, &product)
               ? std::numeric_limits<picodollars>::max()
               : product;
}

}  // namespace tapes::read
