#pragma once

#include <tapes/api/route.hpp>

#include <string>

namespace tapes::api {

/// Adds the route for the content of events that have a `content_ref` in its place:
///   GET /v1/nodes/HASH   the whole event `tapes.node.v1` of the node; 400 when HASH is not a hash, 404 when
///   there
///                        is no such node
void add_node_routes(route_table& table, std::string store_path);

}  // namespace tapes::api
