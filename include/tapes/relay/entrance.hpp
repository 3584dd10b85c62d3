#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tapes::relay {

/// An upstream of an entrance.
struct entrance_upstream {
    std::string url;            ///< http or https, without user info
    std::string provider;       ///< "anthropic", "openai", "ollama", "gemini", or "auto": each request tells
    bool version_once = false;  ///< a "/v1" at the end of `url` and at the beginning of a path stands once

    bool operator==(const entrance_upstream&) const = default;
};

/// A way into the relay for one client, with upstreams of its own: requests below /runs/ID/KEY go to
/// `upstreams[KEY]`. The ID is a secret that only this client is told.
struct entrance {
    std::string agent;    ///< recorded and hashed with its turns, unless a request names another; "" for none
    std::string project;  ///< recorded with its turns
    std::map<std::string, entrance_upstream> upstreams;  ///< by keys of letters, digits, '-', '_' and '.'
};

/// How far the exchanges of an entrance have come.
struct entrance_figures {
    std::uint64_t accepted = 0;
    std::uint64_t settled = 0;  ///< of these: committed or dropped, and over
    std::uint64_t turns = 0;    ///< of these: recorded as turns
};

}  // namespace tapes::relay
