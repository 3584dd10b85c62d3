#pragma once

#include <tapes/read/cache_miss.hpp>

namespace tapes::read {

/// Reads what both places of a difference say around where they part, and whether only the order of keys
/// differs. Bounded, whatever the parts say.
void read_parting_texts(sources& from, std::int64_t before, std::int64_t now, request_difference& to);

}  // namespace tapes::read
