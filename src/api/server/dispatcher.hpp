#pragma once

#include "server/browser_codes.hpp"
#include "server/browser_cookie.hpp"
#include "server/guard.hpp"

#include <tapes/api/admin_server.hpp>

#include <cstddef>
#include <string>

namespace tapes::api {

/// Answers the requests to the admin listener: checks who asks, finds the route, and turns what its handler
/// throws into problems. Has the routes /healthz, /readyz, /metrics and /openapi.json of its own, and those
/// by which a browser gets its cookie. May be used by several threads; knows no connections.
class dispatcher {
public:
    /// Where a request is answered.
    enum class place : int {
        here = 1,  ///< on the server's own thread
        handlers = 2,
        readers = 3,
        readers_briefly = 4,  ///< on a thread that long requests leave to it
    };

    /// `options` and `figures` must outlive it.
    dispatcher(const admin_options& options, const metrics& figures, route_table routes);
    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    place place_of(const request& head) const;

    /// Answers a request that is answered here, or by the handlers.
    response respond(request&& asked) const;
    /// Answers a request for the readers. Of one that asks for the head alone there is no stream.
    stream_response respond(request&& asked, record& from) const;

    /// Returns how large the body of a request with this head may be: more than the server's limit only if
    /// its route takes more and the client may use that.
    std::size_t body_limit(const request& head) const;

private:
    response readiness() const;
    const route* admitted(const request& head) const;
    const route* find(request& asked, response& refused) const;

    const admin_options& options_;
    browser_cookie cookie_;
    browser_codes codes_;
    guard guard_;
    route_table routes_;
    std::string document_;  ///< /openapi.json
};

}  // namespace tapes::api
