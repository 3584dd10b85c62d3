#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// The rules by which providers cache prompts. What is dated stands in tables here, with its source in
/// docs/reading.md.
namespace tapes::read {

/// From where on a change of a parameter spoils what is cached.
enum class cache_level : int { all = 1, system = 2, messages = 3 };

/// A parameter, or a member of it, that a cached prefix depends on.
struct cache_parameter {
    std::string_view name;
    std::string_view member = {};  ///< "": the whole value
    cache_level from = cache_level::all;
};
std::span<const cache_parameter> cache_parameters(std::string_view api) noexcept;
/// Whether the provider says, or it is plain, that the parameter changes nothing that is cached.
bool spares_cache(std::string_view api, std::string_view parameter) noexcept;

/// How long what was cached stays without being used.
struct cache_lifetime {
    std::int64_t least_us = 0;  ///< it may be gone behind that
    std::int64_t most_us = 0;   ///< it is gone behind that; 0: nobody says
    std::string_view name;      ///< `5m`, `1h`, `30m`, `in_memory`, `24h`; "": not known
};
cache_lifetime anthropic_lifetime(std::string_view cache_control) noexcept;
cache_lifetime openai_lifetime(std::string_view model, std::string_view retention) noexcept;

/// The fewest tokens that are cached for a model of an API; 0: not known.
std::int64_t least_cached_tokens(std::string_view api, std::string_view model);

/// Of OpenAI's models from GPT-5.6 on caches end at breakpoints, and what is written is told.
bool caches_at_breakpoints(std::string_view model) noexcept;

/// Whether nothing is cached but up to breakpoints that the request sets.
bool caches_at_marks(std::string_view api) noexcept;
/// Whether answers of an API have figures of a prompt cache at all.
bool tells_of_cache(std::string_view api) noexcept;

/// So many blocks before a breakpoint Anthropic looks for what was cached.
inline constexpr std::size_t look_back_blocks = 20;
/// OpenAI's older models cache multiples of so many tokens.
inline constexpr std::int64_t openai_step = 128;

/// Whether a value of `anthropic-beta` may change the prompt; those that are known not to are in a table.
bool may_change_prompt(std::string_view beta) noexcept;

}  // namespace tapes::read
