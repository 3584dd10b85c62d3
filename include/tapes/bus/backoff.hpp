#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace tapes::bus {

/// Delays between tries: doubled from `base` to `cap`, each ±20 %. One thread at a time.
class backoff {
public:
    backoff(std::chrono::milliseconds base, std::chrono::milliseconds cap) : base_{base}, cap_{cap} {}

    /// Returns the delay after so many failed tries.
    std::chrono::milliseconds after(unsigned tries) {
        const auto doublings = std::min(tries == 0 ? 0U : tries - 1, 20U);
        const auto delay = std::min(base_ * (std::int64_t{1} << doublings), cap_);
        std::uniform_real_distribution<double> jitter(0.8, 1.2);
        return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(
            static_cast<double>(delay.count()) * jitter(random_)));
    }

    /// Counts one more failed try and returns the delay after it.
    std::chrono::milliseconds next() { return after(++tries_); }

    /// Forgets the failed tries that `next` has counted.
    void reset() { tries_ = 0; }

private:
    const std::chrono::milliseconds base_;
    const std::chrono::milliseconds cap_;
    unsigned tries_ = 0;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tapes::bus
