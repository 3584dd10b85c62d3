#pragma once

#include <tapes/api/route.hpp>

/// The routes of add_read_routes(), a source for each group.
namespace tapes::api {

void add_session_routes(route_table& table);
void add_transcript_routes(route_table& table);
void add_content_routes(route_table& table);
void add_exchange_routes(route_table& table);
void add_usage_routes(route_table& table);
void add_latency_routes(route_table& table);
void add_question_routes(route_table& table);
void add_difference_routes(route_table& table);
void add_name_routes(route_table& table);
void add_export_routes(route_table& table);
void add_v04_routes(route_table& table);

}  // namespace tapes::api
