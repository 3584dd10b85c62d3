#include "access/running_process.hpp"

#include "access/token_file.hpp"

#include <tapes/api/admin_client.hpp>
#include <tapes/store/store.hpp>

#include <utility>

namespace tapes::app {

std::optional<running_process> running_process::find(const config::settings& settings) {
    const auto& path = settings.storage.sqlite_path;
    const auto holder = store::find_lock_holder(path);
    if (!holder) {
        return std::nullopt;
    }
    if (holder->address.empty()) {
        throw store::open_error{"store " + path + " is in use by process " + holder->pid +
                                ", which takes no requests: give it an admin listener (admin.listen), or "
                                "stop it first"};
    }
    const auto& configured = settings.admin.token;
    return running_process{holder->pid, holder->address, configured.empty() ? find_token(path) : configured};
}

std::string running_process::send(const api::request& request, std::chrono::milliseconds timeout) const {
    auto answer = api::send_to_admin({address_, token_}, request, timeout);
    if (answer.status == 401 || answer.status == 403) {
        throw process_refusal{name() + " requires its admin token: set TAPES_ADMIN_TOKEN or admin.token"};
    }
    return body_of(std::move(answer));
}

std::unique_ptr<api::event_client> running_process::events(const std::string& query,
                                                           const std::string& last_id) const {
    return std::make_unique<api::event_client>(api::admin_address{address_, token_}, query, last_id);
}

std::string body_of(api::response answer) {
    if (answer.status / 100 == 2) {
        return std::move(answer.body);
    }
    if (answer.status / 100 == 4) {
        throw process_refusal{api::problem_of(answer.status, answer.body)};
    }
    throw std::runtime_error{api::problem_of(answer.status, answer.body)};
}

}  // namespace tapes::app
