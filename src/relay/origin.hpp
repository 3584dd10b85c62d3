#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::relay {

/// An upstream: everything that makes the identity of a connection, and the path that requests are put under.
struct origin {
    bool tls = false;
    std::string host;  ///< a name, or an address without brackets
    std::uint16_t port = 80;
    std::string authority;      ///< for the Host field: the port left out where it is the scheme's own
    std::string base_path;      ///< "" or "/v1", without a final slash
    std::string name;           ///< scheme://host:port, the key of connection pools
    std::string authorization;  ///< "Basic …" of user info in the URL, for requests that bring none; else ""
};

/// Parses "http[s]://host[:port][/path]". Throws std::invalid_argument with a sentence that names `what`.
origin parse_origin(std::string_view url, std::string_view setting);

}  // namespace tapes::relay
