#include "routes/read_groups.hpp"

#include <tapes/api/read_routes.hpp>

namespace tapes::api {

void add_read_routes(route_table& table) {
    add_session_routes(table);
    add_transcript_routes(table);
    add_content_routes(table);
    add_exchange_routes(table);
    add_usage_routes(table);
    add_latency_routes(table);
    add_question_routes(table);
    add_difference_routes(table);
    add_name_routes(table);
    add_export_routes(table);
    add_v04_routes(table);
}

}  // namespace tapes::api
