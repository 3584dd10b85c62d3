#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Makes metric families in Prometheus' terms.
namespace tapes::api {

using labels = std::vector<prometheus::ClientMetric::Label>;

inline prometheus::ClientMetric sample(prometheus::MetricType type, double value, labels names = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(names);
    (type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    return metric;
}

inline prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type,
                                       std::vector<prometheus::ClientMetric> samples = {}) {
    return {std::move(name), std::move(help), type, std::move(samples)};
}

/// A family with one sample that has no labels.
inline prometheus::MetricFamily single_family(std::string name, std::string help, prometheus::MetricType type,
                                              double value) {
    return family(std::move(name), std::move(help), type, {sample(type, value)});
}

inline prometheus::MetricFamily single_family(std::string name, std::string help, prometheus::MetricType type,
                                              std::uint64_t value) {
    return single_family(std::move(name), std::move(help), type, static_cast<double>(value));
}

inline void add_sample(prometheus::MetricFamily& family, double value, labels names = {}) {
    family.metric.push_back(sample(family.type, value, std::move(names)));
}

inline void add_sample(prometheus::MetricFamily& family, std::uint64_t value, labels names = {}) {
    add_sample(family, static_cast<double>(value), std::move(names));
}

}  // namespace tapes::api
