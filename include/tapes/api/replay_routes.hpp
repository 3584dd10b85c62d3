#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/replays.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tapes::api {

/// GET /v1/replays: {"replays":[…]}, in order of their making. PUT /v1/replays/NAME makes or changes one, for
/// the process that runs it and for `tapes replay`: 200 with the replay as it then is, 400 for what cannot be
/// read, 404 where there is none of that name, 409 where there is one already. `writer` must outlive the
/// table.
void add_replay_routes(route_table& to, std::string store_path, store::writer& writer);

/// One object, in one line. `alive`: a process runs it.
std::string replay_json(const store::replay& of, bool alive);

/// What such an object says; nothing where it is none.
std::optional<store::replay> read_replay(std::string_view json);

/// The body of a PUT: to make a replay, or to change one.
std::string creation_json(const store::replay& wanted);
std::string change_json(const store::replay_change& what);

}  // namespace tapes::api
