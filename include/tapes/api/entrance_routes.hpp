#pragma once

#include <tapes/api/route.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tapes::api {

/// A way into the proxy that a command wants for its client.
struct entrance_order {
    struct upstream {
        std::string url;
        std::string provider;       ///< "anthropic", "openai", "ollama", "gemini" or "auto"
        bool version_once = false;  ///< a "/v1" of `url` and of a path stands once
    };

    std::int64_t pid = 0;  ///< the entrance is closed when this process is gone
    std::string agent;
    std::string project;
    std::map<std::string, upstream> upstreams;  ///< by the segment of the path that chooses them
};

struct opened_entrance {
    std::string id;
    std::string url;        ///< what upstreams' keys come below
    bool for_runs = false;  ///< the process ends when the last entrance is closed
};

/// How far the exchanges of an entrance have come.
struct entrance_state {
    std::uint64_t accepted = 0;
    std::uint64_t settled = 0;
    std::uint64_t turns = 0;
};

/// What the routes need of the process. Called on the thread of the handlers.
struct entrance_source {
    /// Throws std::invalid_argument when the order is wrong, or the proxy takes no such clients (400), and
    /// std::runtime_error when it is about to end (503).
    std::function<opened_entrance(const entrance_order&)> open;
    std::function<std::optional<entrance_state>(const std::string& id)> read;
    std::function<std::optional<entrance_state>(const std::string& id)> close;
};

/// Adds the routes by which `tapes run` uses a proxy that runs:
///   POST   /v1/entrances {"pid":n,"agent":"…","project":"…","upstreams":{"KEY":{"url":"…","provider":"…",
///                             "version_once":false}}}: {"id":"…","url":"…","for_runs":false}
///   GET    /v1/entrances/ID   {"accepted":n,"settled":n,"turns":n}; 404 when there is none
///   DELETE /v1/entrances/ID   closes it; answers like GET
void add_entrance_routes(route_table& table, entrance_source source);

/// A client of these routes. `send` sends a request and returns the body of an answer of 2xx; exceptions that
/// it throws pass through. Throws std::runtime_error when an answer cannot be read.
class entrance_client {
public:
    explicit entrance_client(std::function<std::string(const request&)> send) : send_{std::move(send)} {}

    opened_entrance open(const entrance_order& order) const;
    entrance_state read(const std::string& id) const;
    entrance_state close(const std::string& id) const;

private:
    std::function<std::string(const request&)> send_;
};

}  // namespace tapes::api
