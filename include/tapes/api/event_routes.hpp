#pragma once

#include <tapes/api/route.hpp>
#include <tapes/live/hub.hpp>

namespace tapes::api {

/// Adds `GET /v1/events`: what happens in the record, as server-sent events (WHATWG HTML §9.2). `events` must
/// outlive the server.
void add_event_routes(route_table& table, live::hub& events);

}  // namespace tapes::api
