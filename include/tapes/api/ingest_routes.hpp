#pragma once

#include <tapes/api/route.hpp>
#include <tapes/record/intake.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace tapes::api {

/// What the routes need of the process. `take` is called on the thread of the handlers; see
/// tapes::record::intake::take.
struct ingest_source {
    std::function<std::vector<tapes::record::intake_outcome>(std::vector<tapes::record::outside_exchange>)>
        take;
    std::string project;  ///< of turns that name none
};

/// Adds the routes that take turns which did not pass the relay, as tapes v0.4 does:
///   POST /v1/ingest        {"provider":"…","agent_name":"…","request":{…},"response":{…}}     202
///   POST /v1/ingest/batch  {"turns":[{…},…]}                                                  202
/// A turn may also have path, upstream, project, session, status, id, source, started_at, first_byte_at,
/// ended_at, request_head and response_head. `response` may be the text of an answer's events. What is
/// answered with 202 is committed.
void add_ingest_routes(route_table& table, ingest_source source);

/// The largest body of such a request, and the most turns in one.
inline constexpr std::size_t largest_ingest = 64ULL << 20;
inline constexpr std::size_t most_ingested = 1000;

}  // namespace tapes::api
