#pragma once

#include <tapes/api/metrics.hpp>
#include <tapes/api/route.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::api {

struct admin_options {
    std::string host = "127.0.0.1";  ///< "" : every interface; IPv6 without brackets
    std::uint16_t port = 0;          ///< 0: the system chooses
    std::string token;               ///< bearer token that all but /healthz and /readyz need; "" : none
    std::size_t max_connections = 128;
    std::size_t max_header_bytes = 16 * 1024;
    std::size_t max_body_bytes = 1024 * 1024;           ///< unless the route takes more: such a one at a time
    std::chrono::milliseconds request_timeout{10'000};  ///< for a whole request, also between two of them
    std::chrono::milliseconds write_timeout{10'000};    ///< for a whole answer
    /// Why the process is not ready, empty when it is: "draining", "store failing: disk is full". Called on
    /// the server's thread.
    std::function<std::vector<std::string>()> not_ready;
};

/// The admin listener: /healthz, /readyz, /metrics and the routes of others, on a thread of its own. A
/// request must come with a Host that is this machine's loopback or the configured host (any, where a token
/// is set: a page that rebinds its name has no token), and, from a browser, with the Origin of that same
/// host.
class admin_server {
public:
    /// Listens; throws std::runtime_error in one line when it cannot. `figures`, and what routes and
    /// callbacks refer to, must live until stop().
    admin_server(admin_options options, const metrics& figures, route_table routes = {});
    ~admin_server();  ///< stop()
    admin_server(const admin_server&) = delete;
    admin_server& operator=(const admin_server&) = delete;

    std::uint16_t port() const noexcept;  ///< that it listens on

    /// Stops accepting, closes idle connections, lets answers that are being written finish (2 s), joins the
    /// thread. Idempotent; not from a handler.
    void stop();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::api
