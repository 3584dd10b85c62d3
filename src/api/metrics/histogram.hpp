#pragma once

#include <prometheus/client_metric.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace tapes::api {

/// A histogram that many threads observe without a lock (Prometheus' own takes a mutex). Values are whole
/// numbers of a unit; `Scale` units are one of what is shown (1e9 for nanoseconds shown as seconds).
template <std::size_t N>
class histogram {
public:
    /// `bounds` ascending, in units; `scale` units make one of what is shown.
    histogram(const std::array<std::uint64_t, N>& bounds, double scale) noexcept
        : bounds_{bounds}, scale_{scale} {}

    void observe(std::uint64_t value) noexcept {
        std::size_t bucket = 0;
        while (bucket < N && value > bounds_[bucket]) {
            ++bucket;
        }
        counts_[bucket].fetch_add(1, std::memory_order_relaxed);
        sum_.fetch_add(value, std::memory_order_relaxed);
    }

    prometheus::ClientMetric collect() const {
        prometheus::ClientMetric shown;
        std::uint64_t total = 0;
        for (std::size_t i = 0; i <= N; ++i) {
            total += counts_[i].load(std::memory_order_relaxed);
            const double bound =
                i < N ? static_cast<double>(bounds_[i]) / scale_ : std::numeric_limits<double>::infinity();
            shown.histogram.bucket.push_back({total, bound});
        }
        shown.histogram.sample_count = total;
        shown.histogram.sample_sum = static_cast<double>(sum_.load(std::memory_order_relaxed)) / scale_;
        return shown;
    }

private:
    const std::array<std::uint64_t, N> bounds_;
    const double scale_;
    std::array<std::atomic<std::uint64_t>, N + 1> counts_{};
    std::atomic<std::uint64_t> sum_{0};
};

}  // namespace tapes::api
