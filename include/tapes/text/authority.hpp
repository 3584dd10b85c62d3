#pragma once

#include <string_view>

namespace tapes::text {

/// Returns the host of "host[:port]" (RFC 3986 §3.2), an IPv6 address without its brackets, a full name
/// without its last dot; "" where there is none, or where the text is more than that, as with user info.
constexpr std::string_view host_of(std::string_view authority) noexcept {
    const bool in_brackets = authority.starts_with('[');
    const auto end = in_brackets ? authority.find(']') : authority.find(':');
    if (in_brackets && end == std::string_view::npos) {
        return {};
    }
    auto host = in_brackets ? authority.substr(1, end - 1) : authority.substr(0, end);
    auto rest =
        end == std::string_view::npos ? std::string_view{} : authority.substr(end + (in_brackets ? 1 : 0));
    if (!rest.empty() &&
        (rest.front() != ':' || rest.find_first_not_of("0123456789", 1) != std::string_view::npos)) {
        return {};
    }
    if (host.find_first_of("/\\@?#, \t[]") != std::string_view::npos) {
        return {};
    }
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    return host;
}

}  // namespace tapes::text
