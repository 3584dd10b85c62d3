#include "prices/saturated.hpp"

#include <tapes/read/cost.hpp>

namespace tapes::read {

picodollars cost::total() const noexcept {
    return saturated_sum(saturated_sum(input, cache_read), saturated_sum(cache_write, output));
}

cost& cost::operator+=(const cost& more) noexcept {
    input = saturated_sum(input, more.input);
    cache_read = saturated_sum(cache_read, more.cache_read);
    cache_write = saturated_sum(cache_write, more.cache_write);
    output = saturated_sum(output, more.output);
    unpriced += more.unpriced;
    priced += more.priced;
    return *this;
}

}  // namespace tapes::read
