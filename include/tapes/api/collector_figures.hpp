#pragma once

#include <tapes/publish/collector.hpp>

#include <prometheus/metric_family.h>

#include <cstdint>
#include <vector>

namespace tapes::api {

/// A collector in Prometheus' terms: messages by what became of them, orphans, and for each partition how far
/// it is read. `orphans`: how many the store holds.
std::vector<prometheus::MetricFamily> collector_figures(const publish::collector_status& now,
                                                        std::uint64_t orphans);

}  // namespace tapes::api
