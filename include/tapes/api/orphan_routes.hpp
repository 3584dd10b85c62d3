#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/received.hpp>

#include <string>

namespace tapes::api {

/// Adds the route for nodes that wait for their parents:
///   GET /v1/orphans?after=ID&limit=N   the orphans behind ID, in the order in which they came, 100 unless
///   `limit`
///                                      says otherwise; `total` counts all, `missing` the parents that have
///                                      not come
void add_orphan_routes(route_table& table, std::string store_path);

/// Writes an orphan as a JSON object.
std::string orphan_json(const store::kept_orphan& orphan);

}  // namespace tapes::api
