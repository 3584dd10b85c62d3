#pragma once

#include "server/browser_cookie.hpp"

#include <tapes/api/route.hpp>

#include <string>
#include <string_view>

namespace tapes::api {

/// Tells whether a browser says that a page of elsewhere has asked (Sec-Fetch-Site). Who types an address, or
/// follows a bookmark, may fetch.
bool comes_from_elsewhere(const request& request);

/// Checks who may send a request, by Host, Origin and token, or the cookie of a browser in its place.
/// Immutable.
class guard {
public:
    /// `made`: see admin_options::token_is_made. `cookie` must outlive it.
    guard(std::string listen_host, std::string token, bool made, const browser_cookie& cookie)
        : host_{std::move(listen_host)},
          token_{std::move(token)},
          cookie_{cookie},
          any_host_{!token_.empty() && !made} {}

    /// Returns the status with which a request is refused, or 0: 400 for no Host or several, 403 for a
    /// foreign Host or Origin.
    unsigned check_origin(const request& request) const;

    /// Returns true when no token is configured, or the request has it. Takes the same time whatever is
    /// wrong. Unless `token_alone`, a good cookie will do from a page of ours: a request that changes
    /// something then has to say in Origin or Sec-Fetch-Site that it comes from there.
    bool authorized(const request& request, bool token_alone) const;

private:
    bool has_token(std::string_view field) const;
    bool has_cookie(const request& request) const;
    bool host_allowed(std::string_view host) const;

    std::string host_;
    std::string token_;
    const browser_cookie& cookie_;
    bool any_host_;
};

}  // namespace tapes::api
