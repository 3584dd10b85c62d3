#pragma once

#include <tapes/publish/content_source.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tapes::api {

struct http_content_settings {
    /// Base URLs of proxies' admin listeners, such as "http://10.0.0.7:8081". They are asked one after the
    /// other.
    std::vector<std::string> urls;
    std::string token;                          ///< bearer token for all of them; "" for none
    std::chrono::milliseconds timeout{30'000};  ///< for one request, name look-up included
    std::uint64_t max_bytes = 128ULL << 20;     ///< the largest answer
};

/// Makes a source that sends `GET /v1/nodes/HASH` over HTTP, each time on a new connection. Throws
/// std::invalid_argument, in one line, for a URL that is not http://host[:port][/prefix].
std::unique_ptr<publish::content_source> make_http_content_source(http_content_settings settings);

}  // namespace tapes::api
