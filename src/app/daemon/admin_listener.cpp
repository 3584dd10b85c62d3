#include "daemon/admin_listener.hpp"

#include <tapes/api/cursor_routes.hpp>
#include <tapes/api/import_routes.hpp>
#include <tapes/api/node_routes.hpp>
#include <tapes/api/replay_routes.hpp>

#include <spdlog/spdlog.h>

#include <utility>

namespace tapes::app {

namespace {

void add_common_routes(api::route_table& to, const admin_parts& with) {
    const auto& path = with.lock.options().path;
    api::add_node_routes(to, path);
    api::add_replay_routes(to, path, with.writer);
    api::add_import_routes(to, path, with.writer);
    with.letters.add_routes(to);
    api::add_cursor_routes(
        to, path, with.writer,
        {[&all = with.publishing] { return all.cursors(); },
         [&all = with.publishing](const std::string& name, const std::function<void()>& change) {
             all.around(name, change);
         }});
}

/// As commands on this machine reach it.
std::string url_of(const std::string& host, std::uint16_t port) {
    const auto name = host.empty()                          ? std::string{"127.0.0.1"}
                      : host.find(':') != std::string::npos ? "[" + host + "]"
                                                            : host;
    return "http://" + name + ":" + std::to_string(port);
}

}  // namespace

std::unique_ptr<api::admin_server> open_admin_listener(const config::admin_settings& how, admin_parts with,
                                                       api::route_table routes) {
    if (!how.listen.configured) {
        return nullptr;
    }
    add_common_routes(routes, with);
    api::admin_options options;
    options.host = how.listen.host;
    options.port = how.listen.port;
    options.token = how.token;
    options.not_ready = std::move(with.not_ready);
    auto made = std::make_unique<api::admin_server>(std::move(options), with.figures, std::move(routes));
    const auto address = url_of(how.listen.host, made->port());
    with.lock.tell_address(address);
    spdlog::info("admin listening on {}", address);
    return made;
}

}  // namespace tapes::app
