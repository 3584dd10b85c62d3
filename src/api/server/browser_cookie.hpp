#pragma once

#include <tapes/api/route.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::api {

/// The cookie by which a browser reads in place of the token. It is `NONCE.END.MAC`: 128 random bits, the
/// second at which it ends, and an HMAC-SHA256 of both under a key that is derived from the token. So it
/// tells nothing of the token, every process that has the token knows its cookies, also after a restart, and
/// another token ends all of them. Immutable.
class browser_cookie {
public:
    using clock = std::chrono::system_clock;

    static constexpr std::chrono::hours lifetime{168};

    explicit browser_cookie(std::string_view token);

    /// Returns a new value that is good until `end`. Throws std::runtime_error where there are no random
    /// bytes.
    std::string make(clock::time_point end) const;

    /// Tells whether a value is one of these and has not ended. Takes the same time for every wrong MAC.
    bool is_good(std::string_view value, clock::time_point now) const;

    /// Tells whether a request has a good cookie of this name for its Host.
    bool admits(const request& asked, clock::time_point now) const;

    /// Returns the cookie's name for a Host: browsers do not hold cookies apart by their port.
    static std::string name_for(std::string_view host);

    /// Returns Set-Cookie that gives a browser this value, or, for "", takes its cookie away.
    static std::string set_cookie(std::string_view host, std::string_view value);

private:
    static constexpr std::size_t key_bytes = 32;

    std::string mac_of(std::string_view text) const;

    std::array<unsigned char, key_bytes> key_{};
};

}  // namespace tapes::api
