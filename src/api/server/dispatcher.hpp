#pragma once

#include "server/guard.hpp"

#include <tapes/api/admin_server.hpp>

#include <cstddef>

namespace tapes::api {

/// Answers the requests to the admin listener: checks who asks, finds the route, and turns what its handler
/// throws into a 500. Has the routes /healthz, /readyz and /metrics of its own. Immutable, so it
/// may be used by several threads; knows no connections.
class dispatcher {
public:
    /// `options` and `figures` must outlive it.
    dispatcher(const admin_options& options, const metrics& figures, route_table routes);
    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    response respond(const request& request) const;

    /// Returns how large the body of a request with this head may be: more than the server's limit only if
    /// its route takes more and the client may use that.
    std::size_t body_limit(const request& head) const;

    /// Tells whether a handler answers that may take its time; all else is answered at once.
    bool may_take_long(const request& head) const;

private:
    response readiness() const;
    const route* admitted(const request& head) const;

    const admin_options& options_;
    guard guard_;
    route_table routes_;
};

}  // namespace tapes::api
