#pragma once

#include <tapes/read/difference.hpp>

#include <cstdint>

namespace tapes::read {

/// Compares the blocks of two messages; of one that is none (node 0) there are no blocks.
void compare_blocks(sources& from, std::int64_t left, std::int64_t right, const difference_request& request,
                    message_difference& to);

}  // namespace tapes::read
