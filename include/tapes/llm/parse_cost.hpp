#pragma once

#include <cstdint>
#include <string_view>

namespace tapes::llm {

/// Returns an upper bound of the memory, in bytes, that it takes to map a JSON text to messages and nodes.
/// Many small values raise it far above the text's size. For a text up to 64 KiB it is a fixed multiple of
/// the size, without a look at the text; a dense one may take more. Reads the text once, strings by leaps;
/// never throws.
std::uint64_t parse_cost(std::string_view json) noexcept;

/// Returns an upper bound of the memory, in bytes, that it takes to fold a stream, beside what its reducer
/// holds.
std::uint64_t fold_cost(std::string_view stream) noexcept;

}  // namespace tapes::llm
