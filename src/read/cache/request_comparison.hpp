#pragma once

#include "request/stored_request.hpp"

#include <tapes/read/cache_miss.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tapes::read {

/// A request as its provider caches it: what stands in the prompt, in order.
struct cached_prompt {
    cached_prompt(const stored_request& from, std::string_view api);

    const stored_request* request = nullptr;
    std::string_view api;
    std::vector<const request_part*> tools, system, messages;
    std::uint64_t bytes = 0;  ///< of all of them

    /// Where the API puts breakpoints into blocks of their own, they belong to the blocks before them.
    std::unordered_map<const request_part*, std::string_view> points;

    /// The places of breakpoints among tools, system and messages, counted as one row of blocks from 0.
    std::vector<std::size_t> marks() const;
    /// The `cache_control` of the last breakpoint; "": there is none.
    std::string last_mark() const;
    /// The mark of a block; "": it has none.
    std::string_view mark_of(const request_part& one) const;
    /// A block of that row.
    const request_part& block(std::size_t place) const;
    /// The `cache_control` of a breakpoint.
    std::string mark_at(std::size_t place) const;
    /// The JSON of a parameter, or of a member of its object; "" where there is none.
    std::string value(std::string_view name, std::string_view member = {}) const;
};

/// What two requests have in common, and where they part.
struct comparison {
    std::optional<request_difference> difference;
    std::vector<std::string> other_parameters;  ///< that differ, of which it is not known whether they count
    std::uint64_t common_blocks = 0;            ///< of tools, system and messages
    bool only_tail = false;                     ///< messages were not compared
};

/// Compares part by part, in the order in which the provider caches. Linear.
comparison compare_prompts(const cached_prompt& before, const cached_prompt& now);

/// The names in `anthropic-beta` that one head has and the other has not, and that may change the prompt.
std::vector<std::string> changed_betas(std::string_view head_before, std::string_view head_now);

}  // namespace tapes::read
