#pragma once

#include <cstdint>

namespace tapes::catalogue {

/// Tokens in disjoint figures, whatever an API counts twice: all of them together are what the exchanges
/// used. Cache writes are apart by the lifetime that the provider told; `cache_write` is where it told none.
struct token_sums {
    std::int64_t input = 0;  ///< that no cache had, and that was not written to one
    std::int64_t cache_read = 0;
    std::int64_t cache_write = 0;
    std::int64_t cache_write_5m = 0;
    std::int64_t cache_write_1h = 0;
    std::int64_t output = 0;     ///< with its reasoning
    std::int64_t reasoning = 0;  ///< a part of the output, not beside it

    std::int64_t written() const noexcept { return cache_write + cache_write_5m + cache_write_1h; }
    /// The size of the requests' contexts: all input, from wherever it came.
    std::int64_t context() const noexcept { return input + cache_read + written(); }

    token_sums& operator+=(const token_sums& more) noexcept {
        input += more.input;
        cache_read += more.cache_read;
        cache_write += more.cache_write;
        cache_write_5m += more.cache_write_5m;
        cache_write_1h += more.cache_write_1h;
        output += more.output;
        reasoning += more.reasoning;
        return *this;
    }
    bool operator==(const token_sums&) const = default;
};

}  // namespace tapes::catalogue
