#include "pacing.hpp"

#include <algorithm>

namespace tapes::tape {

pacing::pacing(std::string_view times, std::uint64_t kept, std::uint64_t recorded, double speed)
    : speed_{speed} {
    if (speed <= 0) {
        return;
    }
    std::uint64_t sum = 0;
    for (const auto& one : capture::chunk_times::decode(times)) {
        sum += one.bytes;
        arrivals_.push_back({sum, one.at_us});
    }
    const auto whole = std::max(sum, recorded);
    for (auto& one : arrivals_) {
        if (whole != kept && whole > 0) {
            one.end = static_cast<std::uint64_t>(static_cast<double>(one.end) / static_cast<double>(whole) *
                                                 static_cast<double>(kept));
        }
    }
    if (!arrivals_.empty()) {
        arrivals_.back().end = kept;
    }
}

std::uint64_t pacing::end_of_piece(std::uint64_t offset, std::uint64_t most) const {
    const auto next = std::ranges::upper_bound(arrivals_, offset, {}, &arrival::end);
    return next == arrivals_.end() ? offset + most : std::min(next->end, offset + most);
}

std::chrono::microseconds pacing::due(std::uint64_t end) const {
    const auto found = std::ranges::lower_bound(arrivals_, end, {}, &arrival::end);
    if (arrivals_.empty()) {
        return {};
    }
    const auto& at = found == arrivals_.end() ? arrivals_.back() : *found;
    return scaled(static_cast<std::int64_t>(at.at_us));
}

std::chrono::microseconds pacing::scaled(std::int64_t recorded_us) const {
    if (speed_ <= 0 || recorded_us <= 0) {
        return {};
    }
    return std::chrono::microseconds{static_cast<std::int64_t>(static_cast<double>(recorded_us) / speed_)};
}

}  // namespace tapes::tape
