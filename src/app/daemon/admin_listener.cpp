#include "daemon/admin_listener.hpp"

#include "access/token_file.hpp"
#include "commands/own_prices.hpp"

#include <tapes/api/backup_routes.hpp>
#include <tapes/api/cursor_routes.hpp>
#include <tapes/api/import_routes.hpp>
#include <tapes/api/page_routes.hpp>
#include <tapes/api/read_routes.hpp>
#include <tapes/api/replay_routes.hpp>
#include <tapes/catalogue/catalogue.hpp>
#include <tapes/page/files.hpp>

#include <spdlog/spdlog.h>

#include <utility>

namespace tapes::app {

namespace {

void add_common_routes(api::route_table& table, daemon_store& store, publishers& publishers) {
    const auto& path = store.lock.options().path;
    api::add_page_routes(table);
    api::add_read_routes(table);
    api::add_replay_routes(table, path, store.writer);
    api::add_import_routes(table, path, store.writer);
    api::add_backup_routes(table, store.writer);
    store.letters.add_routes(table);
    api::add_cursor_routes(table, path, store.writer,
                           {[&publishers] { return publishers.cursors(); },
                            [&publishers](const std::string& name, const std::function<void()>& change) {
                                publishers.around(name, change);
                            }});
}

}  // namespace

std::string listener_url(const std::string& host, std::uint16_t port) {
    const auto name = host.empty()                          ? std::string{"127.0.0.1"}
                      : host.find(':') != std::string::npos ? "[" + host + "]"
                                                            : host;
    return "http://" + name + ":" + std::to_string(port);
}

void tell_page(const std::string& address) {
    if (page::is_built()) {
        spdlog::info("the page is at {}/: tapes open shows it", address);
    }
}

api::record_place record_place_of(const config::settings& settings) {
    const auto& path = settings.storage.sqlite_path;
    return {path, catalogue::path_of(path),
            std::make_shared<const read::price_table>(own_prices(settings.prices))};
}

std::unique_ptr<api::admin_server> open_admin_listener(const config::settings& settings, daemon_store& store,
                                                       publishers& publishers,
                                                       std::function<std::vector<std::string>()> not_ready,
                                                       api::route_table routes) {
    const auto& admin = settings.admin;
    if (!admin.listen.configured) {
        return nullptr;
    }
    add_common_routes(routes, store, publishers);
    api::admin_options options;
    options.host = admin.listen.host;
    options.port = admin.listen.port;
    options.token_is_made = admin.token.empty();
    options.token = options.token_is_made ? made_token(store.lock.options().path) : admin.token;
    options.record = record_place_of(settings);
    options.not_ready = std::move(not_ready);
    auto server = std::make_unique<api::admin_server>(std::move(options), store.metrics, std::move(routes));
    const auto address = listener_url(admin.listen.host, server->port());
    store.lock.tell_address(address);
    spdlog::info("admin listening on {}", address);
    tell_page(address);
    return server;
}

}  // namespace tapes::app
