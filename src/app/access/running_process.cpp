#include "access/running_process.hpp"

#include <tapes/api/admin_client.hpp>
#include <tapes/store/store.hpp>

#include <nlohmann/json.hpp>

#include <utility>

namespace tapes::app {

namespace {

std::string error_of(const api::response& answer) {
    const auto said = nlohmann::json::parse(answer.body, nullptr, false);
    const bool told = said.is_object() && said.contains("error") && said["error"].is_string();
    return told ? said["error"].get<std::string>() : "the answer has status " + std::to_string(answer.status);
}

}  // namespace

std::optional<running_process> running_process::find(const config::settings& how) {
    const auto& path = how.storage.sqlite_path;
    const auto holder = store::find_lock_holder(path);
    if (!holder) {
        return std::nullopt;
    }
    if (holder->address.empty()) {
        throw store::open_error{"store " + path + " is in use by process " + holder->pid +
                                ", which takes no requests: give it an admin listener (admin.listen), or "
                                "stop it first"};
    }
    return running_process{holder->pid, holder->address, how.admin.token};
}

std::string running_process::ask(const api::request& what, std::chrono::milliseconds timeout) const {
    auto answer = api::ask_admin({address_, token_}, what, timeout);
    if (answer.status == 401 || answer.status == 403) {
        throw process_refusal{name() + " wants its admin token: set TAPES_ADMIN_TOKEN or admin.token"};
    }
    return body_of(std::move(answer));
}

std::string body_of(api::response answer) {
    if (answer.status / 100 == 2) {
        return std::move(answer.body);
    }
    if (answer.status / 100 == 4) {
        throw process_refusal{error_of(answer)};
    }
    throw std::runtime_error{error_of(answer)};
}

}  // namespace tapes::app
