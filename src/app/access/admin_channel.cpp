#include "access/admin_channel.hpp"

#include "access/held_store.hpp"
#include "access/store_options.hpp"

#include <tapes/api/cursor_routes.hpp>
#include <tapes/api/letter_routes.hpp>

#include <filesystem>
#include <stdexcept>

namespace tapes::app {

/// What a process that records has, as far as commands need it.
struct admin_channel::local {
    explicit local(const config::storage_settings& how) : own{store_options(how)} {
        api::add_letter_routes(routes, how.sqlite_path, own.writer);
        api::add_cursor_routes(routes, how.sqlite_path, own.writer);
    }

    held_store own;
    api::route_table routes;
};

admin_channel::admin_channel(const config::settings& how) : running_{running_process::find(how)} {
    if (running_) {
        return;
    }
    std::error_code failed;
    if (!std::filesystem::exists(how.storage.sqlite_path, failed) && !failed) {
        throw std::runtime_error{"store " + how.storage.sqlite_path +
                                 " does not exist; name it with --sqlite"};
    }
    local_ = std::make_unique<local>(how.storage);
}

admin_channel::~admin_channel() = default;

std::string admin_channel::ask(const api::request& what) {
    if (running_) {
        return running_->ask(what);
    }
    std::string allowed;
    const auto* route = local_->routes.find(what.method, what.path, allowed);
    return body_of(route == nullptr ? api::error_response(404, "no such route") : route->handle(what));
}

}  // namespace tapes::app
