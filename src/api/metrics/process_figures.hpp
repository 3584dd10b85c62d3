#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace tapes::api {

/// Memory, CPU, descriptors and start time of this process, under the names that Prometheus' clients use.
/// Those that /proc does not tell are left out.
std::vector<prometheus::MetricFamily> process_figures();

}  // namespace tapes::api
