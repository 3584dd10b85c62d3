#pragma once

#include <tapes/api/metrics.hpp>
#include <tapes/api/record.hpp>
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
    std::string host = "127.0.0.1";  ///< "" for every interface; IPv6 without brackets
    std::uint16_t port = 0;          ///< 0 lets the system choose
    std::string token;               ///< bearer token that all but /healthz and /readyz need; "" for none
    /// The token was made by this process, for who may read the store's files: /metrics is open, and the Host
    /// must be right as well.
    bool token_is_made = false;
    /// At the limit the connection is closed that waits longest for a request.
    std::size_t max_connections = 336;
    /// So many requests may wait for handlers; so many be read for, and as many again of brief ones; and so
    /// many streams be open. The other connections are left for probes.
    std::size_t max_waiting = 128;
    std::size_t max_reading = 64;
    std::size_t max_streams = 64;
    /// Threads that read the record. Requests that may take long leave one of them to brief ones.
    std::size_t readers = 4;
    record_place record{};  ///< what they read
    std::size_t max_header_bytes = 16 * 1024;
    /// The largest body, unless its route takes more. One body that is larger than this is read at a time.
    std::size_t max_body_bytes = 1024 * 1024;
    std::chrono::milliseconds head_timeout{10'000};  ///< until a request's head has come, also the next one
    std::chrono::milliseconds request_timeout{10'000};  ///< until the body has come, too
    std::chrono::milliseconds write_timeout{10'000};    ///< until the client takes more of an answer
    std::chrono::milliseconds read_timeout{30'000};     ///< for the threads that read, for one answer
    /// For a brief one; what takes longer begins again among those that may take long.
    std::chrono::milliseconds brief_read_time{1'000};
    /// So much may be written of answers that are large. At least one is.
    std::size_t max_writing_bytes = std::size_t{64} << 20;
    /// Returns why the process is not ready ("draining", "store failing: disk is full"); nothing when it is
    /// ready. Called on the server's thread; must
    /// not wait.
    std::function<std::vector<std::string>()> not_ready;
};

/// Serves /healthz, /readyz and /metrics on a thread of its own, the routes that change something on a second
/// one, and those that read the record on some more, so that probes are answered however long a handler
/// takes. The Host of a request must be a loopback address or the configured host, and a browser's Origin
/// must be that same host. With a token that is configured any Host is allowed, because a page that rebinds
/// its name has no token.
class admin_server {
public:
    /// Starts to listen. Throws std::runtime_error in one line when it cannot. `figures`, and everything that
    /// routes and callbacks refer to, must live until stop().
    admin_server(admin_options options, const metrics& figures, route_table routes = {});
    ~admin_server();  ///< stop()
    admin_server(const admin_server&) = delete;
    admin_server& operator=(const admin_server&) = delete;

    std::uint16_t port() const noexcept;  ///< the port on which it listens

    /// Stops accepting, closes idle connections, gives answers and streams 2 s to finish, ends a handler that
    /// still runs where it counts its work (text::count_work), a reader also in the midst of a statement, and
    /// joins the threads. May be called again, but not from a handler.
    void stop();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::api
