#pragma once

#include <cstdint>

namespace tapes::read {

/// US dollars in units of 10^-12: prices of single tokens are whole numbers of them.
using picodollars = std::int64_t;

/// What tokens cost, in the figures of catalogue::token_sums.
struct cost {
    picodollars input = 0;
    picodollars cache_read = 0;
    picodollars cache_write = 0;  ///< of whatever lifetime
    picodollars output = 0;
    /// Turns that are not in the figures: the table has no price for their models, or their provider told no
    /// tokens. A sum with any of these is partial.
    std::uint64_t unpriced = 0;
    std::uint64_t priced = 0;  ///< turns that are in them

    picodollars total() const noexcept;
    bool partial() const noexcept { return unpriced != 0; }
    cost& operator+=(const cost& more) noexcept;
    bool operator==(const cost&) const = default;
};

}  // namespace tapes::read
