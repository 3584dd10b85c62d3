#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/backup.hpp>
#include <tapes/store/writer.hpp>

#include <functional>
#include <memory>
#include <string>

namespace tapes::api {

/// Adds the routes by which `tapes backup` has a copy made by the process that writes the store:
/// - POST /v1/backups, {"file":"/…/x.partial","device":n,"inode":n}: 201 {"id":"…"}; 409 where that file is
///   none that a backup has just made;
/// - POST /v1/backups/ID/steps, {"pages":n}: {"left":n,"pages":n,"page_bytes":n,"copied":n,"whole":false};
///   404;
/// - DELETE /v1/backups/ID: {"deleted":1}; 404.
/// They need the token: a browser's cookie does not do. `writer` must outlive the routes.
void add_backup_routes(route_table& table, store::writer& writer);

/// Makes a client of these routes. `send` sends a request and returns the body of an answer of 2xx; it throws
/// std::runtime_error for others. Where a copy cannot be begun, `refused` is called with the reason.
std::unique_ptr<store::copy_maker> make_backup_client(std::function<std::string(const request&)> send,
                                                      std::function<void(const std::string&)> refused);

}  // namespace tapes::api
