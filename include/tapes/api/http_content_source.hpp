#pragma once

#include <tapes/publish/content_source.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tapes::api {

struct http_content_settings {
    /// Base URLs of proxies' admin listeners, "http://10.0.0.7:8081"; asked one after the other.
    std::vector<std::string> urls;
    std::string token;                          ///< bearer token of all of them; "": none
    std::chrono::milliseconds timeout{30'000};  ///< of one question, name look-up included
    std::uint64_t max_bytes = 128ULL << 20;     ///< of an answer
};

/// Asks `GET /v1/nodes/HASH` over HTTP, a connection each time. Throws std::invalid_argument, in one line,
/// for a URL that is not http://host[:port][/prefix].
std::unique_ptr<publish::content_source> make_http_content_source(http_content_settings how);

}  // namespace tapes::api
