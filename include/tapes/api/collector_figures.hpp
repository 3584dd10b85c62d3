#pragma once

#include <tapes/publish/collector.hpp>

#include <prometheus/metric_family.h>

#include <cstdint>
#include <vector>

namespace tapes::api {

/// Returns the metrics of a collector: messages by result, orphans, and how far each partition is read.
/// `orphans` is the number of orphans in the store.
std::vector<prometheus::MetricFamily> collector_figures(const publish::collector_status& status,
                                                        std::uint64_t orphans);

}  // namespace tapes::api
