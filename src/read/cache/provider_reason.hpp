#pragma once

#include <tapes/read/cache_miss.hpp>

#include <optional>
#include <string_view>

namespace tapes::read {

/// Finds what the provider says of a miss in a decoded answer, one-shot or streamed: the newest word counts.
/// Looks at members of the answer alone, never at what was said in it. Nothing where it says nothing.
std::optional<provider_reason> find_provider_reason(std::string_view answer);

}  // namespace tapes::read
