#pragma once

#include "json.hpp"

#include <tapes/merkle/usage.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace tapes::llm {

// What a usage tells beyond its sums, under the names that providers and gateways have for it. The functions
// throw simdjson::simdjson_error.

/// Takes a member of a usage, or of its details of the prompt, that tells how many tokens of the output were
/// reasoning or how long a cache keeps what was written. Returns false for other members.
bool read_usage_detail(std::string_view key, json_value value, merkle::usage& out);

/// Returns the sum of the figures that were told; nothing where none was, or where the sum does not fit.
std::optional<std::int64_t> sum_of(std::initializer_list<std::optional<std::int64_t>> figures) noexcept;

}  // namespace tapes::llm
