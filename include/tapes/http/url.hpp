#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::http {

/// A configured URL, `http[s]://[user@]host[:port][/path]`, in its parts. Targets of requests are no such
/// URLs: they are passed on as they came.
struct url {
    bool tls = false;
    std::string host;  ///< a name, or an address without brackets
    std::uint16_t port = 0;
    std::string path;       ///< "" or "/v1", as it is written, without a final slash
    std::string user_info;  ///< decoded; "" where there is none

    /// The port that the scheme has of its own.
    std::uint16_t scheme_port() const noexcept { return tls ? 443 : 80; }
    /// The host as it stands in a URL: an IPv6 address in brackets.
    std::string bracketed_host() const;
};

/// Reads a configured URL. Throws std::invalid_argument with the reason, which repeats nothing of the text:
/// it may hold a password.
url read_url(std::string_view text);

/// Returns the credentials of Basic (RFC 7617 §2) for a decoded user info, "user:password": its Base64.
std::string basic_credentials(std::string_view user_info);

}  // namespace tapes::http
