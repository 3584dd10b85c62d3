#include "run/background_proxy.hpp"
#include "run/child.hpp"
#include "run/client.hpp"
#include "run/network.hpp"
#include "run/proxy_access.hpp"

#include <tapes/app/run.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

extern "C" char** environ;

namespace tapes::app {

namespace {

using run::plan;

run::named_upstreams named_by(const run_request& request) {
    const auto or_all = [&request](const std::string& own) { return own.empty() ? request.upstream : own; };
    return {or_all(request.openai_upstream), or_all(request.anthropic_upstream),
            or_all(request.ollama_upstream)};
}

/// Lets the words `NAME=VALUE` of an `env` before the client say what the client is started with.
void carry_into_wrapper(const run::invocation& client, run::launch& to) {
    for (std::size_t i = 0; i < client.program; ++i) {
        auto& word = to.command[i];
        const auto name = word.substr(0, word.find('='));
        const auto changed = to.environment.find(name);
        const auto before = client.environment.find(name);
        if (name.size() < word.size() && changed != to.environment.end() &&
            before != client.environment.end() && changed->second != before->second) {
            word = name + "=" + changed->second;
        }
    }
}

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
    const auto client = run::find_invocation(request.command, world);
    const auto* const known = run::find_client(client.name);
    const auto named = named_by(request);
    auto way = known == nullptr ? run::plan_generic(client, named) : known->make(client, named);
    if (!request.agent.empty()) {
        way.agent = request.agent;
    }
    run::launch to{request.command, world.environment, {}, {}};
    run::check_http_proxies(client, way, request);
    run::keep_loopback_direct(client, to);
    run::open_entrance entrance{settings, way, way.agent, settings.proxy.project};
    way.point([&entrance](std::string_view key) { return entrance.url(key); }, to);
    carry_into_wrapper(client, to);
    for (const auto& note : way.notes) {
        err << "tapes: " << note << "\n";
    }
    err.flush();
    const int code = run::run_child(to.command, to.environment);
    if (to.clean_up) {
        to.clean_up();
    }
    try {
        tell_end(way, entrance.close(), settings, err);
    } catch (const std::exception& failed) {
        err << "tapes: the proxy has gone while the command ran: " << failed.what() << "; its log is "
            << run::background_log(settings) << "\n";
    }
    return code;
}

}  // namespace tapes::app
