#pragma once

#include <string_view>

namespace tapes::text {

/// Returns the host of "host[:port]" (RFC 3986 §3.2), an IPv6 address without its brackets, a full name
/// without its last dot; "" where there is none.
constexpr std::string_view host_of(std::string_view authority) noexcept {
    std::string_view host;
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        host = close == std::string_view::npos ? std::string_view{} : authority.substr(1, close - 1);
    } else {
        host = authority.substr(0, authority.find(':'));
    }
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    return host;
}

}  // namespace tapes::text
