#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace tapes::merkle {

/// The cost of a turn, as far as the provider told; a figure that it did not tell has no value.
struct usage {
    std::optional<std::int64_t> prompt_tokens;
    std::optional<std::int64_t> completion_tokens;
    std::optional<std::int64_t> total_tokens;
    std::optional<std::int64_t> cache_creation_input_tokens;
    std::optional<std::int64_t> cache_read_input_tokens;
    std::optional<std::int64_t> total_duration_ns;
    std::optional<std::int64_t> prompt_duration_ns;
    std::optional<std::int64_t> reasoning_tokens;       ///< of the completion, those that were reasoning
    std::optional<std::int64_t> cache_write_5m_tokens;  ///< written to a cache that lives for 5 minutes
    std::optional<std::int64_t> cache_write_1h_tokens;  ///< written to a cache that lives for an hour

    bool operator==(const usage&) const = default;
};

/// The members that events of nodes have, under their names there and in views and tables, in that order.
inline constexpr std::array<std::pair<const char*, std::optional<std::int64_t> usage::*>, 7> usage_figures{
    {{"prompt_tokens", &usage::prompt_tokens},
     {"completion_tokens", &usage::completion_tokens},
     {"total_tokens", &usage::total_tokens},
     {"cache_creation_input_tokens", &usage::cache_creation_input_tokens},
     {"cache_read_input_tokens", &usage::cache_read_input_tokens},
     {"total_duration_ns", &usage::total_duration_ns},
     {"prompt_duration_ns", &usage::prompt_duration_ns}}};

/// The members that only exchanges have: they tell more of the figures above, and are in no event of a node.
inline constexpr std::array<std::pair<const char*, std::optional<std::int64_t> usage::*>, 3> usage_details{
    {{"reasoning_tokens", &usage::reasoning_tokens},
     {"cache_write_5m_tokens", &usage::cache_write_5m_tokens},
     {"cache_write_1h_tokens", &usage::cache_write_1h_tokens}}};

}  // namespace tapes::merkle
