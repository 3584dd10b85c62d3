#pragma once

#include <cstdint>
#include <string_view>

namespace tapes::llm {

/// How many bytes of memory it may take to map a JSON text to messages and nodes: an upper bound, that many
/// small values raise far above the text's size. Texts up to 64 KiB are not looked at: of those it is a fixed
/// multiple of the size, which does not hold for dense ones. Reads the text once, strings by leaps; never
/// throws.
std::uint64_t parse_cost(std::string_view json) noexcept;

/// The same for folding a stream, beside what its reducer says that it holds.
std::uint64_t fold_cost(std::string_view stream) noexcept;

}  // namespace tapes::llm
