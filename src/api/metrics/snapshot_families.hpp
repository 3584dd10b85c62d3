#pragma once

#include <tapes/api/metrics.hpp>

#include <vector>

namespace tapes::api {

/// Adds the families of everything that the sources of metrics have filled in.
void add_snapshot(const snapshot& current, std::vector<prometheus::MetricFamily>& all);

}  // namespace tapes::api
