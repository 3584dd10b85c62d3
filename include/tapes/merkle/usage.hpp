#pragma once

#include <cstdint>
#include <optional>

namespace tapes::merkle {

/// What a turn cost, as far as the provider told. Nothing where it did not tell.
struct usage {
    std::optional<std::int64_t> prompt_tokens;
    std::optional<std::int64_t> completion_tokens;
    std::optional<std::int64_t> total_tokens;
    std::optional<std::int64_t> cache_creation_input_tokens;
    std::optional<std::int64_t> cache_read_input_tokens;
    std::optional<std::int64_t> total_duration_ns;
    std::optional<std::int64_t> prompt_duration_ns;
};

}  // namespace tapes::merkle
