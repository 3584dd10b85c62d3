#include "access/replay_rows.hpp"

#include "access/running_process.hpp"
#include "access/store_options.hpp"

#include <tapes/api/replay_routes.hpp>
#include <tapes/store/store.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace tapes::app {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Another command may have the store for a moment; the process that has it may be about to end, or to start.
constexpr auto book_timeout = 10s;
constexpr auto between = 20ms;

store::replay ask(const running_process& running, const std::string& name, const std::string& body) {
    auto row = api::read_replay(
        running.ask({"PUT", "/v1/replays/" + name, {}, {{"Content-Type", "application/json"}}, body}));
    if (!row) {
        throw process_refusal{running.name() + " gave an answer that cannot be read"};
    }
    return *std::move(row);
}

/// By the process that has the store, with `body`, else with its lock.
template <class Here>
store::replay written(const config::settings& how, const std::string& name, const std::string& body,
                      const Here& here) {
    if (const auto running = running_process::find(how)) {
        return ask(*running, name, body);
    }
    return here(store::store_lock{store_options(how.storage)});
}

}  // namespace

store::replay replay_rows::create(const store::replay& wanted) const {
    const auto body = api::creation_json(wanted);
    for (const auto until = steady_clock::now() + book_timeout;;) {
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

store::replay replay_rows::change(const std::string& name, const store::replay_change& what) const {
    const auto body = api::change_json(what);
    for (const auto until = steady_clock::now() + book_timeout;;) {
        try {
            return written(how_, name, body, [&](const store::store_lock& lock) {
                return store::change_replay(lock, name, what);
            });
        } catch (const process_refusal&) {
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
