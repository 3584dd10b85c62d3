#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/replays.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tapes::api {

/// Adds the routes for replays:
///   GET /v1/replays        {"replays":[…]}, in the order in which they were created
///   PUT /v1/replays/NAME   creates or changes a replay, and answers with the replay as it then is; 400 for a
///   body that
///                          cannot be read, 404 when there is no such replay to change, 409 when it exists
///                          already
/// `writer` must outlive the routes.
void add_replay_routes(route_table& table, std::string store_path, store::writer& writer);

/// Writes a replay as one JSON object in one line. `alive` says whether a process runs it.
std::string replay_json(const store::replay& replay, bool alive);

/// Reads such an object; nothing for any other text.
std::optional<store::replay> read_replay(std::string_view json);

/// Writes the body of a PUT that creates a replay, or changes one.
std::string creation_json(const store::replay& wanted);
std::string change_json(const store::replay_change& change);

}  // namespace tapes::api
