#pragma once

#include <tapes/merkle/usage.hpp>

#include <cstdint>
#include <optional>

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

/// Returns what a provider told of one exchange, without what it counts twice; nothing where it told neither
/// prompt nor completion. All APIs count cached tokens in the prompt and reasoning in the completion
/// (docs/mapping.md); a server that counts them beside those is known by its own figures: a prompt smaller
/// than its cached part, a total that has the reasoning once more.
std::optional<token_sums> tokens_of(const merkle::usage& told) noexcept;

}  // namespace tapes::catalogue
