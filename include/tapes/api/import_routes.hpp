#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/import.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tapes::api {

/// Adds the routes that import nodes of a tapes v0.4 file into the store that this process has open for
/// writing:
///   POST /v1/import/known  {"hashes":["…"]}                    {"known":[true,…]}
///   POST /v1/import/nodes  {"announce":false,"nodes":[{…}]}    {"added":n}; or 400, and nothing is stored,
///   when a
///                          hash does not follow from its node, or a parent is not in the store
///   POST /v1/import/end    {}                                  {}
/// A node has hash, parent, role, content (JSON, as text), model, provider, agent_name, project, stop_reason,
/// created_at_us and usage; empty members may be left out. Nodes are written in small lots between the turns
/// that are recorded. `writer` must outlive the routes.
void add_import_routes(route_table& table, std::string store_path, store::writer& writer);

/// The largest body of such a request.
inline constexpr std::size_t largest_import = 64ULL << 20;

/// Makes a client of these routes. `send` sends a request and returns the body of an answer of 2xx;
/// exceptions that it throws pass through.
std::unique_ptr<store::import_target> make_import_client(std::function<std::string(const request&)> send);

}  // namespace tapes::api
