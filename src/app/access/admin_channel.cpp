#include "access/admin_channel.hpp"

#include "access/held_store.hpp"
#include "access/store_options.hpp"

#include <tapes/api/cursor_routes.hpp>
#include <tapes/api/letter_routes.hpp>

#include <filesystem>
#include <stdexcept>

namespace tapes::app {

/// The store and the routes of a running process, as far as commands need them.
struct admin_channel::local {
    explicit local(const config::storage_settings& settings) : own{store_options(settings)} {
        api::add_letter_routes(routes, settings.sqlite_path, own.writer);
        api::add_cursor_routes(routes, settings.sqlite_path, own.writer);
    }

    held_store own;
    api::route_table routes;
};

admin_channel::admin_channel(const config::settings& settings) : running_{running_process::find(settings)} {
    if (running_) {
        return;
    }
    std::error_code failed;
    if (!std::filesystem::exists(settings.storage.sqlite_path, failed) && !failed) {
        throw std::runtime_error{"store " + settings.storage.sqlite_path +
                                 " does not exist; name it with --sqlite"};
    }
    local_ = std::make_unique<local>(settings.storage);
}

admin_channel::~admin_channel() = default;

std::string admin_channel::send(const api::request& request) {
    if (running_) {
        return running_->send(request);
    }
    std::string allowed;
    const auto* route = local_->routes.find(request.method, request.path, allowed);
    return body_of(route == nullptr ? api::error_response(404, "no such route") : route->handle(request));
}

}  // namespace tapes::app
