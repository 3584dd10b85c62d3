#pragma once

#include <tapes/api/route.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tapes::api {

/// The address of an HTTP server.
struct http_server {
    std::string host;       ///< IPv6 without brackets
    std::string port;       ///< "80" unless given
    std::string authority;  ///< as in the URL
    std::string prefix;     ///< of every path: "" or "/path"
};

/// Reads http://host[:port][/prefix]; nothing for any other text.
std::optional<http_server> read_http_url(const std::string& url);

/// Reads the address of an admin listener. Throws std::runtime_error that says what would be right.
http_server admin_server_of(const std::string& url);

struct http_call {
    http_server server;
    api::request request;
    std::string token;                             ///< bearer token; "" for none
    std::chrono::milliseconds timeout{30'000};     ///< until the whole answer has come, name look-up included
    std::uint64_t max_bytes = 64ULL << 20;         ///< of the answer's body
    const std::atomic<bool>* cancelled = nullptr;  ///< once it is true, the call is given up
};

/// Sends a request on a connection of its own and waits for the answer, whatever its status. Throws
/// boost::system::system_error: beast::error::timeout after `timeout`, operation_aborted when it was
/// cancelled.
response send_http(http_call call);

}  // namespace tapes::api
