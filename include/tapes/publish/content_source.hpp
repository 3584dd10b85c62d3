#pragma once

#include <tapes/merkle/digest.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tapes::publish {

/// What came of asking for the content of a node.
struct content_answer {
    bool found = false;
    std::string body;    ///< as `add_content` takes it
    std::string reason;  ///< why nothing was found, for people
};

/// Where the content of nodes is that did not fit into their events. Thread-safe.
class content_source {
public:
    virtual ~content_source() = default;

    /// Waits for the answer. Does not throw.
    virtual content_answer find(const merkle::digest& hash) = 0;
};

struct http_content_settings {
    /// Base URLs of proxies' admin listeners, "http://10.0.0.7:8081"; asked one after the other.
    std::vector<std::string> urls;
    std::string token;                          ///< bearer token of all of them; "": none
    std::chrono::milliseconds timeout{30'000};  ///< of one question, name look-up included
    std::uint64_t max_bytes = 128ULL << 20;     ///< of an answer
};

/// Asks `GET /v1/nodes/HASH` over HTTP, a connection each time. Throws std::invalid_argument, in one line,
/// for a URL that is not http://host[:port][/prefix].
std::unique_ptr<content_source> make_http_content_source(http_content_settings how);

}  // namespace tapes::publish
