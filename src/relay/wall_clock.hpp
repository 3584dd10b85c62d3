#pragma once

#include <tapes/capture/exchange.hpp>

#include <chrono>
#include <cstdint>

namespace tapes::relay {

/// Returns the present in the precision of the record.
inline capture::timestamp wall_clock() {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// Returns microseconds since a fixed point, of a clock that nobody sets.
inline std::int64_t steady_us() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace tapes::relay
