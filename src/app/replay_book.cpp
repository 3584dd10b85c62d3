#include "replay_book.hpp"

#include <tapes/api/admin_client.hpp>
#include <tapes/api/replay_routes.hpp>
#include <tapes/store/store.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace tapes::app {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Another command may have the store for a moment; the process that has it may be about to end, or to start.
constexpr auto patience = 10s;
constexpr auto between = 20ms;

/// What time does not change.
struct no_use : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string error_of(const api::response& answer) {
    const auto said = nlohmann::json::parse(answer.body, nullptr, false);
    const bool told = said.is_object() && said.contains("error") && said["error"].is_string();
    return told ? said["error"].get<std::string>() : "the answer has status " + std::to_string(answer.status);
}

store::replay ask(const config::settings& how, const store::lock_holder& holder, const std::string& name,
                  const std::string& body) {
    const auto answer =
        api::ask_admin({holder.address, how.admin.token},
                       {"PUT", "/v1/replays/" + name, {}, {{"Content-Type", "application/json"}}, body});
    if (answer.status == 401 || answer.status == 403) {
        throw no_use{"process " + holder.pid + " at " + holder.address +
                     " wants its admin token: set TAPES_ADMIN_TOKEN or admin.token"};
    }
    if (answer.status / 100 == 4) {
        throw no_use{error_of(answer)};
    }
    if (answer.status != 200) {
        throw std::runtime_error{error_of(answer)};
    }
    auto row = api::read_replay(answer.body);
    if (!row) {
        throw no_use{"process " + holder.pid + " at " + holder.address +
                     " gave an answer that cannot be read"};
    }
    return *std::move(row);
}

/// By the process that has the store, with `body`, else with its lock.
template <class Here>
store::replay written(const config::settings& how, const std::string& name, const std::string& body,
                      const Here& here) {
    const auto& path = how.storage.sqlite_path;
    if (const auto holder = store::find_lock_holder(path)) {
        if (holder->address.empty()) {
            throw store::open_error{"store " + path + " is in use by process " + holder->pid +
                                    ", which takes no requests: give it an admin listener (admin.listen), or "
                                    "stop it first"};
        }
        return ask(how, *holder, name, body);
    }
    const auto durability = how.storage.synchronous == config::durability::full ? store::synchronous::full
                                                                                : store::synchronous::normal;
    return here(store::store_lock{{path, durability}});
}

}  // namespace

store::replay replay_book::create(const store::replay& wanted) const {
    const auto body = api::creation_json(wanted);
    for (const auto until = steady_clock::now() + patience;;) {
        try {
            return written(how_, wanted.name, body,
                           [&](const store::store_lock& lock) { return store::create_replay(lock, wanted); });
        } catch (const store::open_error&) {  // anything else may have made it
            if (steady_clock::now() > until) {
                throw;
            }
        }
        std::this_thread::sleep_for(between);
    }
}

store::replay replay_book::change(const std::string& name, const store::replay_change& what) const {
    const auto body = api::change_json(what);
    for (const auto until = steady_clock::now() + patience;;) {
        try {
            return written(how_, name, body, [&](const store::store_lock& lock) {
                return store::change_replay(lock, name, what);
            });
        } catch (const no_use&) {
            throw;
        } catch (const std::exception&) {  // a change that landed all the same is the same again
            if (steady_clock::now() > until) {
                throw;
            }
        }
        std::this_thread::sleep_for(between);
    }
}

}  // namespace tapes::app
