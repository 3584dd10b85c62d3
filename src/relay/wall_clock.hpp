#pragma once

#include <tapes/capture/exchange.hpp>

#include <chrono>

namespace tapes::relay {

/// Returns the present in the precision of the record.
inline capture::timestamp wall_clock() {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace tapes::relay
