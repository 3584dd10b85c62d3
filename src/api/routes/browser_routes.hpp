#pragma once

#include "server/browser_codes.hpp"
#include "server/browser_cookie.hpp"

#include <tapes/api/route.hpp>

namespace tapes::api {

/// Adds the routes by which a browser comes to read:
///   POST   /v1/browser/codes     with the token: {"code":"…","expires_at":"…"}
///   POST   /v1/browser/session   {"code":"…"}: gives the browser its cookie; {"expires_at":"…"}
///   DELETE /v1/browser/session   takes the cookie away from this browser
/// Both arguments must outlive the table.
void add_browser_routes(route_table& table, const browser_cookie& cookie, browser_codes& codes);

}  // namespace tapes::api
