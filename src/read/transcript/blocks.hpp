#pragma once

#include "transcript/content_scanner.hpp"

#include <tapes/read/block.hpp>

#include <cstddef>
#include <cstdint>

namespace tapes::read {

/// Makes a block of what was scanned at a place of a node's content.
block make_block(scanned_block&& from, std::int64_t node, std::size_t place);

}  // namespace tapes::read
