#pragma once

#include <tapes/api/route.hpp>

#include <string>
#include <string_view>

namespace tapes::api {

/// Who may ask: the checks of Host, Origin and token. Pure; immutable.
class guard {
public:
    guard(std::string listen_host, std::string token)
        : host_{std::move(listen_host)}, token_{std::move(token)} {}

    /// The status to refuse `asked` with, or 0. 400: no Host or several; 403: a foreign Host or Origin.
    unsigned check_origin(const request& asked) const;

    /// True where no token is configured or `asked` has it. Takes the same time whatever is wrong.
    bool authorized(const request& asked) const;

private:
    bool host_allowed(std::string_view host) const;

    std::string host_;
    std::string token_;
};

}  // namespace tapes::api
