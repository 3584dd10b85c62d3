#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// Returns how much of `text`, in which no credential stands whole, may be shown while more of it may come:
/// all before what may be the beginning of one of `credentials`, as they are or with escapes that JSON
/// writers use. Where that takes too long to tell, less.
std::size_t decided_bytes(std::string_view text, const std::vector<std::string>& credentials);

}  // namespace tapes::record
