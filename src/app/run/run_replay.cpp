#include "run/run_replay.hpp"

#include "run/launched.hpp"
#include "run/network.hpp"
#include "run/proxy_access.hpp"
#include "run/tape_process.hpp"
#include "tape/played.hpp"

#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tapes::app::run {

namespace {

/// Where requests would go does not matter: nothing is sent there.
constexpr const char* nowhere = "http://127.0.0.1:9";

/// Programs on the SDKs do not start without a key, and none is needed. Clients that may be signed in
/// otherwise are left alone.
void give_keys(const invocation& client, launch& to) {
    constexpr std::array<std::string_view, 5> with_accounts{"claude", "codex", "opencode", "qwen", "pi"};
    for (const auto name : with_accounts) {
        if (client.name == name) {
            return;
        }
    }
    for (const auto* const name : {"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"}) {
        if (client.variable(name).empty()) {
            to.environment[name] = "tapes-replay";
        }
    }
}

std::unique_ptr<open_entrance> open_for_missing(const config::settings& settings, const tape_request& tape,
                                                const plan& way) {
    if (!tape.record_missing) {
        return nullptr;
    }
    return std::make_unique<open_entrance>(recording_settings(settings, tape), way, way.agent,
                                           settings.proxy.project);
}

}  // namespace

int run_replay(const config::settings& settings, const run_request& request, const run_world& world,
               printer& err) {
    const auto& tape = *request.replay;
    check_request(tape);
    const auto client = find_invocation(request.command, world);
    const auto named = tape.record_missing ? named_by(request) : named_upstreams{nowhere, nowhere, nowhere};
    const auto way = make_plan(client, named, request.agent);
    launch to{request.command, world.environment, {}, {}};
    if (tape.record_missing) {
        check_http_proxies(client, way, request);
    } else {
        give_keys(client, to);
    }
    keep_loopback_direct(client, to);
    const auto entrance = open_for_missing(settings, tape, way);
    tape_route route;
    if (entrance) {
        route.pass_to = entrance->url("");
        route.pass_to.pop_back();  // the key follows, with a slash
    }
    for (const auto& [key, upstream] : way.upstreams) {
        route.keys.push_back(key);
    }
    tape_process player{settings, tape, route};
    way.point([&player](std::string_view key) { return player.url() + "/" + std::string{key}; }, to);
    const int code = run_launched(client, way, to, err);
    tape::figures told;
    try {
        told = player.finish();
        tell_figures(err, tape.store, told);
    } catch (const std::runtime_error& failed) {
        err << "tapes: " << failed.what() << "; its log is " << std::string_view{tape.store}
            << ".replay.log\n";
    }
    if (entrance) {
        try {
            (void)entrance->close();
        } catch (const std::exception& failed) {
            err << "tapes: what was missing may not be recorded: " << failed.what() << "\n";
        }
    }
    return code == 0 && tape.fail_on_miss && told.missed > 0 ? 1 : code;
}

}  // namespace tapes::app::run
