#pragma once

#include <tapes/api/route.hpp>

namespace tapes::api {

/// Adds the routes by which the record is read, as docs/api.md and /openapi.json tell: sessions, transcripts,
/// nodes, exchanges with their bodies, usage and tools. They read what admin_options::record names.
void add_read_routes(route_table& table);

}  // namespace tapes::api
