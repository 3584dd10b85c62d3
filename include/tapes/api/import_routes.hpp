#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/import.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tapes::api {

/// Nodes of a tapes v0.4 file, handed to the process that has the store open for writing:
///   POST /v1/import/known  {"hashes":["…"]}                    {"known":[true,…]}
///   POST /v1/import/nodes  {"announce":false,"nodes":[{…}]}    {"added":n}; 400, and none is stored, where a
///                          hash does not follow from what its node says or a parent is not here
///   POST /v1/import/end    {}                                  {}
/// A node has hash, parent, role, content (JSON, as text), model, provider, agent_name, project, stop_reason,
/// created_at_us and usage; what is empty may be left out. They are written some at a time, between the turns
/// of others. `writer` must outlive the routes.
void add_import_routes(route_table& to, std::string store_path, store::writer& writer);

/// The most that such a request may hold.
inline constexpr std::size_t largest_import = 64ULL << 20;

/// The other end of these routes. `ask` hands a request over and returns the body of an answer of 2xx; what
/// it throws is passed on.
std::unique_ptr<store::import_target> make_import_client(std::function<std::string(const request&)> ask);

}  // namespace tapes::api
