#pragma once

#include <tapes/api/route.hpp>

#include <string>

namespace tapes::api {

/// Nodes by their hash, for events that carry a `content_ref` in place of the content:
///   GET /v1/nodes/HASH   the event `tapes.node.v1` of the node, whole; 400 where HASH is no hash, 404 where
///                        there is no such node
void add_node_routes(route_table& to, std::string store_path);

}  // namespace tapes::api
