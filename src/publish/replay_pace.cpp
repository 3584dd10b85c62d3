#include <tapes/publish/replay.hpp>

#include <algorithm>

namespace tapes::publish {

std::chrono::microseconds replay_pace::due(std::int64_t recorded_us) {
    if (speed_ > 0) {
        first_us_ = first_us_.value_or(recorded_us);
        const auto passed = static_cast<double>(recorded_us - *first_us_) / speed_;
        latest_ = std::max(latest_, std::chrono::microseconds{static_cast<std::int64_t>(passed)});
    }
    return latest_;
}

}  // namespace tapes::publish
