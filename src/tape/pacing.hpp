#pragma once

#include <tapes/capture/chunk_times.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tapes::tape {

/// When the bytes of a recorded answer are sent: as they came, faster or slower, or at once. Pure.
class pacing {
public:
    /// `times` as the store has them. `kept` is the size of the body that is sent, `recorded` that on the
    /// wire: they differ where codings were undone; then the pieces are in proportion. `speed` 0: at once.
    pacing(std::string_view times, std::uint64_t kept, std::uint64_t recorded, double speed);

    /// Returns where the piece ends that begins at `offset`: at the next time of arrival, at most `most`
    /// bytes behind it.
    std::uint64_t end_of_piece(std::uint64_t offset, std::uint64_t most) const;
    /// Returns how long after the first byte the byte before `end` is sent.
    std::chrono::microseconds due(std::uint64_t end) const;
    /// Returns a recorded wait at this speed.
    std::chrono::microseconds scaled(std::int64_t recorded_us) const;

private:
    struct arrival {
        std::uint64_t end;    ///< of the bytes that had come then
        std::uint64_t at_us;  ///< since the first one
    };
    std::vector<arrival> arrivals_;
    double speed_;
};

}  // namespace tapes::tape
