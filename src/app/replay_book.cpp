#include "replay_book.hpp"

#include "admin_channel.hpp"

#include <tapes/api/replay_routes.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

namespace tapes::app {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Another command may have the store for a moment; the process that has it may be about to end, or to start.
constexpr auto patience = 10s;
constexpr auto between = 20ms;

std::unique_ptr<admin_channel> reach(const config::settings& how, steady_clock::time_point until) {
    while (true) {
        try {
            return std::make_unique<admin_channel>(how);
        } catch (const std::exception&) {
            if (steady_clock::now() > until) {
                throw;
            }
        }
        std::this_thread::sleep_for(between);
    }
}

api::request put(const std::string& name, std::string body) {
    return {"PUT", "/v1/replays/" + name, {}, {{"Content-Type", "application/json"}}, std::move(body)};
}

store::replay read(const std::string& answer) {
    auto row = api::read_replay(answer);
    if (!row) {
        throw std::runtime_error{"the process that has the store gave an answer that cannot be read"};
    }
    return *std::move(row);
}

}  // namespace

store::replay replay_book::create(const store::replay& wanted) const {
    const auto channel = reach(how_, steady_clock::now() + patience);
    return read(channel->ask(put(wanted.name, api::creation_json(wanted))));
}

store::replay replay_book::change(const std::string& name, const store::replay_change& what) const {
    for (const auto until = steady_clock::now() + patience;;) {
        const auto channel = reach(how_, until);
        try {
            return read(channel->ask(put(name, api::change_json(what))));
        } catch (const std::exception&) {
            // A change that landed all the same is the same again.
            if (!channel->live() || steady_clock::now() > until) {
                throw;
            }
        }
        std::this_thread::sleep_for(between);
    }
}

}  // namespace tapes::app
