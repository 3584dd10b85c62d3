#pragma once

#include <tapes/merkle/content.hpp>

#include <string_view>
#include <vector>

namespace tapes::llm {

/// Removes from a system prompt the lines that known clients write anew with every request: metadata of the
/// exchange, which would make each turn a new root. A block of which nothing is left is removed. The table is
/// in the source file.
void drop_client_rewrites(std::vector<merkle::block>& system);

/// Returns true for text that starts with such a line.
bool is_client_rewrite(std::string_view text) noexcept;

}  // namespace tapes::llm
