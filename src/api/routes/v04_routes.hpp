#pragma once

#include <tapes/api/route.hpp>

/// Parts of add_v04_routes().
namespace tapes::api {

void add_v04_summary_route(route_table& table);
void add_v04_search_route(route_table& table);

}  // namespace tapes::api
