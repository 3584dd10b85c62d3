#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/received.hpp>

#include <string>

namespace tapes::api {

/// GET /v1/orphans?after=ID&limit=N: nodes that wait for their parents, in the order in which they came, 100
/// unless told; with `total` and `missing` (parents that nobody has sent). `path`: of the store.
void add_orphan_routes(route_table& to, std::string path);

/// One of them as a JSON object.
std::string orphan_json(const store::kept_orphan& orphan);

}  // namespace tapes::api
