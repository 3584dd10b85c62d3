#pragma once

#include <tapes/api/route.hpp>

#include <string>
#include <string_view>

namespace tapes::api {

/// Checks who may send a request, by Host, Origin and token. Pure; immutable.
class guard {
public:
    /// `made`: see admin_options::token_is_made.
    guard(std::string listen_host, std::string token, bool made)
        : host_{std::move(listen_host)}, token_{std::move(token)}, any_host_{!token_.empty() && !made} {}

    /// Returns the status with which a request is refused, or 0: 400 for no Host or several, 403 for a
    /// foreign Host or Origin.
    unsigned check_origin(const request& request) const;

    /// Returns true when no token is configured, or the request has it. Takes the same time whatever is
    /// wrong.
    bool authorized(const request& request) const;

private:
    bool host_allowed(std::string_view host) const;

    std::string host_;
    std::string token_;
    bool any_host_;
};

}  // namespace tapes::api
