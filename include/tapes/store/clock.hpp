#pragma once

#include <chrono>
#include <cstdint>

namespace tapes::store {

/// Returns the time as the store keeps it: microseconds since the epoch, UTC.
inline std::int64_t now_us() {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace tapes::store
