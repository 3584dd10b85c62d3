#include "admin_channel.hpp"

#include <tapes/api/admin_client.hpp>
#include <tapes/api/cursor_routes.hpp>
#include <tapes/api/letter_routes.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/writer.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <stdexcept>

namespace tapes::app {

namespace {

std::string error_of(const api::response& answer) {
    const auto said = nlohmann::json::parse(answer.body, nullptr, false);
    if (said.is_object() && said.contains("error") && said["error"].is_string()) {
        return said["error"].get<std::string>();
    }
    return "the answer has status " + std::to_string(answer.status);
}

}  // namespace

/// What a process that records has, as far as commands need it.
struct admin_channel::local {
    explicit local(const config::storage_settings& how)
        : lock{{how.sqlite_path, how.synchronous == config::durability::full ? store::synchronous::full
                                                                             : store::synchronous::normal}},
          writer{lock, account, {}} {
        api::add_letter_routes(routes, how.sqlite_path, writer);
        api::add_cursor_routes(routes, how.sqlite_path, writer);
    }
    ~local() { writer.stop(std::chrono::steady_clock::now() + std::chrono::seconds{10}); }
    local(const local&) = delete;
    local& operator=(const local&) = delete;

    store::store_lock lock;
    capture::ledger account;
    store::writer writer;
    api::route_table routes;
};

admin_channel::admin_channel(const config::settings& how) : token_{how.admin.token} {
    const auto& path = how.storage.sqlite_path;
    if (const auto holder = store::find_lock_holder(path)) {
        if (holder->address.empty()) {
            throw std::runtime_error{
                "store " + path + " is in use by process " + holder->pid +
                ", which takes no requests: give it an admin listener (admin.listen), or "
                "stop it first"};
        }
        address_ = holder->address;
        holder_ = holder->pid;
        return;
    }
    if (!std::filesystem::exists(path)) {
        throw std::runtime_error{"there is no store at " + path};
    }
    local_ = std::make_unique<local>(how.storage);
}

admin_channel::~admin_channel() = default;

std::string admin_channel::ask(const api::request& what) {
    api::response answer;
    if (live()) {
        answer = api::ask_admin({address_, token_}, what);
        if (answer.status == 401 || answer.status == 403) {
            throw std::runtime_error{"process " + holder_ + " at " + address_ +
                                     " wants its admin token: set TAPES_ADMIN_TOKEN or admin.token"};
        }
    } else {
        std::string allowed;
        const auto* route = local_->routes.find(what.method, what.path, allowed);
        answer = route == nullptr ? api::error_response(404, "no such route") : route->handle(what);
    }
    if (answer.status / 100 != 2) {
        throw std::runtime_error{error_of(answer)};
    }
    return std::move(answer.body);
}

}  // namespace tapes::app
