#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::relay {

/// An upstream: all that tells connections to it from others, and the path that requests are put under.
struct origin {
    bool tls = false;
    std::string host;  ///< a name, or an address without brackets
    std::uint16_t port = 80;
    std::string authority;      ///< for the Host field, without the port where that is the scheme's default
    std::string base_path;      ///< "" or "/v1", without a final slash
    std::string name;           ///< scheme://host:port, the key of connection pools
    std::string authorization;  ///< "Basic …" made of the URL's user info, for requests that bring no such
                                ///< field; else ""
};

/// Parses "http[s]://host[:port][/path]". Throws std::invalid_argument with a sentence that names `setting`,
/// the key of the configuration.
origin parse_origin(std::string_view text, std::string_view setting);

}  // namespace tapes::relay
