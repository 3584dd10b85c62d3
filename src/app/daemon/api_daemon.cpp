#include "daemon/api_daemon.hpp"

#include "access/token_file.hpp"
#include "daemon/admin_listener.hpp"
#include "process/log.hpp"

#include <tapes/api/page_routes.hpp>
#include <tapes/api/read_routes.hpp>

#include <spdlog/spdlog.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tapes::app {

namespace {

bool is_there(const std::string& path) {
    std::error_code failed;
    return std::filesystem::exists(path, failed);
}

api::admin_options api_options(const config::settings& settings) {
    if (!settings.admin.listen.configured) {
        throw std::runtime_error{"there is nothing to listen on: give --listen, or admin.listen"};
    }
    api::admin_options made;
    made.host = settings.admin.listen.host;
    made.port = settings.admin.listen.port;
    made.token_is_made = settings.admin.token.empty();
    made.token = made.token_is_made ? made_token(settings.storage.sqlite_path) : settings.admin.token;
    made.record = record_place_of(settings);
    made.not_ready = [path = settings.storage.sqlite_path] {
        return is_there(path) ? std::vector<std::string>{} : std::vector<std::string>{"there is no store"};
    };
    return made;
}

}  // namespace

api_daemon::api_daemon(const config::settings& settings) : figures_{account_, {}} {
    const auto& path = settings.storage.sqlite_path;
    auto options = api_options(settings);
    if (is_there(path)) {
        options.record.store_path = place_.emplace(path).path();
    }
    if (settings.catalogue.enabled) {
        keeper_ = std::make_unique<catalogue::keeper>(catalogue::options{path, settings.catalogue.text});
        figures_.add_source([&keeper = *keeper_](api::snapshot& current) {
            if (const auto now = keeper.now()) {
                current.catalogue_lag_rows = now->last - now->done;
            }
        });
    }
    address_.token = options.token;
    api::route_table routes;
    api::add_page_routes(routes);
    api::add_read_routes(routes);
    live_ = std::make_unique<live_events>(settings, nullptr);
    live_->add_routes(routes);
    server_ = std::make_unique<api::admin_server>(std::move(options), figures_, std::move(routes));
    address_.url = listener_url(settings.admin.listen.host, server_->port());
    spdlog::info("api listening on {}, reading {}", address_.url, path);
    tell_page(address_.url);
    flush_log();
}

api_daemon::~api_daemon() {
    server_->stop();  // its readers before the catalogue's keeper
    live_->stop();
}

}  // namespace tapes::app
