#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace tapes::store {

/// Called now and then by a long task, by one thread at a time: what it is looking at, and how many of how
/// many of these are done.
using progress = std::function<void(std::string_view subject, std::uint64_t done, std::uint64_t total)>;

}  // namespace tapes::store
