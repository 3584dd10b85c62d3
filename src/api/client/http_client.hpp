#pragma once

#include <tapes/api/route.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tapes::api {

/// Where an HTTP server is.
struct http_place {
    std::string host;       ///< IPv6 without brackets
    std::string port;       ///< "80" unless given
    std::string authority;  ///< as in the URL
    std::string prefix;     ///< of every path: "" or "/path"
};

/// Nothing for what is not http://host[:port][/prefix].
std::optional<http_place> read_http_url(const std::string& url);

struct http_question {
    http_place where;
    request what;
    std::string token;                            ///< bearer token; "": none
    std::chrono::milliseconds timeout{30'000};    ///< until the whole answer is there, name look-up included
    std::uint64_t max_bytes = 64ULL << 20;        ///< of the answer's body
    const std::atomic<bool>* given_up = nullptr;  ///< where it becomes true nothing is waited for any more
};

/// Asks on a connection of its own and waits for the answer, whatever its status. Throws
/// boost::system::system_error, which is beast::error::timeout after `timeout`, and
/// operation_aborted where it was given up.
response ask_http(http_question asked);

}  // namespace tapes::api
