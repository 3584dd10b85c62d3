#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace tapes::publish {

/// Delays between tries: doubled from `base` to `cap`, each ±20 %. One thread at a time.
class backoff {
public:
    backoff(std::chrono::milliseconds base, std::chrono::milliseconds cap)
        : base_{base}, cap_{cap}, next_{base} {}

    std::chrono::milliseconds next() {
        const auto delay = next_;
        next_ = std::min(next_ * 2, cap_);
        std::uniform_real_distribution<double> jitter(0.8, 1.2);
        return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(
            static_cast<double>(delay.count()) * jitter(random_)));
    }

    void reset() { next_ = base_; }

private:
    const std::chrono::milliseconds base_;
    const std::chrono::milliseconds cap_;
    std::chrono::milliseconds next_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tapes::publish
