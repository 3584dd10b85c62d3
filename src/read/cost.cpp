#include <tapes/read/cost.hpp>

namespace tapes::read {

picodollars cost::total() const noexcept {
    return input + cache_read + cache_write + output;
}

cost& cost::operator+=(const cost& more) noexcept {
    input += more.input;
    cache_read += more.cache_read;
    cache_write += more.cache_write;
    output += more.output;
    unpriced += more.unpriced;
    priced += more.priced;
    return *this;
}

}  // namespace tapes::read
