#include "access/replay_writer.hpp"

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

/// Another command may have the store for a moment, and the process that has it may just end or start.
constexpr auto replay_write_timeout = 10s;
constexpr auto replay_write_pause = 20ms;

store::replay put(const running_process& running, const std::string& name, const std::string& body) {
    auto row = api::read_replay(
        running.send({"PUT", "/v1/replays/" + name, {}, {{"Content-Type", "application/json"}}, body}));
    if (!row) {
        throw process_refusal{running.name() + " gave an answer that cannot be read"};
    }
    return *std::move(row);
}

/// Sends `body` to the process that has the store, or else calls `write` with the store's lock.
template <class Write>
store::replay write_row(const config::settings& settings, const std::string& name, const std::string& body,
                        const Write& write) {
    if (const auto running = running_process::find(settings)) {
        return put(*running, name, body);
    }
    return write(store::store_lock{store_options(settings.storage)});
}

}  // namespace

store::replay replay_writer::create(const store::replay& wanted) const {
    const auto body = api::creation_json(wanted);
    for (const auto until = steady_clock::now() + replay_write_timeout;;) {
        try {
            return write_row(settings_, wanted.name, body, [&](const store::store_lock& lock) {
                return store::create_replay(lock, wanted);
            });
        } catch (const store::open_error&) {  // after any other error the row may exist
            if (steady_clock::now() > until) {
                throw;
            }
        }
        std::this_thread::sleep_for(replay_write_pause);
    }
}

store::replay replay_writer::change(const std::string& name, const store::replay_change& change) const {
    const auto body = api::change_json(change);
    for (const auto until = steady_clock::now() + replay_write_timeout;;) {
        try {
            return write_row(settings_, name, body, [&](const store::store_lock& lock) {
                return store::change_replay(lock, name, change);
            });
        } catch (const process_refusal&) {
            throw;
        } catch (const std::exception&) {  // a change that was made all the same can be made again
            if (steady_clock::now() > until) {
                throw;
            }
        }
        std::this_thread::sleep_for(replay_write_pause);
    }
}

}  // namespace tapes::app
