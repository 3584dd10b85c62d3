#include "run/background_proxy.hpp"
#include "run/client.hpp"
#include "run/launched.hpp"
#include "run/network.hpp"
#include "run/proxy_access.hpp"
#include "run/run_replay.hpp"

#include <tapes/app/run.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

extern "C" char** environ;

namespace tapes::app {

namespace {

void tell_end(const run::plan& client, const api::entrance_state& state, const config::settings& settings,
              printer& err) {
    if (state.turns > 0) {
        err << "tapes: recorded " << state.turns << (state.turns == 1 ? words{" turn"} : words{" turns"});
        if (!client.agent.empty()) {
            err << " of " << std::string_view{client.agent};
        }
        err << "; see tapes show @\n";
    } else if (state.accepted > 0) {
        err << "tapes: nothing was recorded: none of " << state.accepted
            << " requests was a turn that was answered; see tapes exchange list --dropped\n";
    } else {
        err << "tapes: nothing was recorded: no request came to the proxy; it may be that this program takes "
               "its base URL from elsewhere (docs/run.md)\n";
    }
    if (state.settled < state.accepted) {
        err << "tapes: " << state.accepted - state.settled
            << " requests are still under way; the proxy's log is " << run::background_log(settings) << "\n";
    }
}

}  // namespace

run_world process_world() {
    run_world made;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string text{*variable};
        if (const auto equals = text.find('='); equals != std::string::npos) {
            made.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    std::error_code failed;
    made.working_directory = std::filesystem::current_path(failed).string();
    if (const char* const home = std::getenv("HOME")) {
        made.home = home;
    }
    return made;
}

int run_command(const config::settings& settings, const run_request& request, const run_world& world,
                printer& err) {
    if (request.replay) {
        return run::run_replay(settings, request, world, err);
    }
    auto recording = settings;
    if (!request.tape.empty()) {
        recording.storage.sqlite_path = request.tape;
        recording.record.wire = config::wire_mode::all;
    }
    const auto client = run::find_invocation(request.command, world);
    const auto way = run::make_plan(client, run::named_by(request), request.agent);
    run::launch to{request.command, world.environment, {}, {}};
    run::check_http_proxies(client, way, request);
    run::keep_loopback_direct(client, to);
    run::open_entrance entrance{recording, way, way.agent, recording.proxy.project};
    way.point([&entrance](std::string_view key) { return entrance.url(key); }, to);
    const int code = run::run_launched(client, way, to, err);
    try {
        tell_end(way, entrance.close(), recording, err);
    } catch (const std::exception& failed) {
        err << "tapes: the proxy has gone while the command ran: " << failed.what() << "; its log is "
            << run::background_log(recording) << "\n";
    }
    return code;
}

}  // namespace tapes::app
