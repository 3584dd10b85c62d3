#include "process/log.hpp"
#include "process/memory.hpp"
#include "run/base_url.hpp"
#include "run/client.hpp"
#include "run/proxy_access.hpp"
#include "tape/played.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/app/usage_error.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>

namespace tapes::app {

namespace {

/// The way to the upstream of what is missing, which is recorded there.
std::unique_ptr<run::open_entrance> open_upstream(const config::settings& settings,
                                                  const tape_request& request) {
    if (!request.record_missing) {
        return nullptr;
    }
    if (request.upstream.empty()) {
        throw usage_error{"--record-missing needs an upstream: give --upstream URL"};
    }
    run::plan way;
    way.upstreams["tape"] = {run::base_url(request.upstream, "--upstream"), "auto", true};
    try {
        return std::make_unique<run::open_entrance>(settings, way, std::string{}, settings.proxy.project);
    } catch (const std::runtime_error& failed) {
        throw std::runtime_error{
            std::string{"what is missing cannot be recorded: "} + failed.what() +
            (request.record_to.empty() ? "; name another store with --record-to FILE" : "")};
    }
}

}  // namespace

int serve_tape(const config::settings& settings, const tape_request& request,
               const mock::options& listening) {
    check_request(request);
    if (!request.record_missing && !request.upstream.empty()) {
        throw usage_error{"--upstream says where --record-missing sends what is missing: give both"};
    }
    const auto recording = recording_settings(settings, request);
    // Its proxy is started before there are threads.
    const auto entrance = open_upstream(recording, request);
    prepare_memory();
    start_log(settings.log);
    const drained_log log;
    tape_route route;
    if (entrance) {
        route.pass_to = entrance->url("tape");
    }
    played_tape played{settings, request, std::move(route)};
    const int code = mock::run(listening, played.answers(), "tape");
    const auto told = played.answers().now();
    if (entrance) {
        (void)entrance->close();
    }
    (void)drain_log();
    printer err{std::cerr};
    tell_figures(err, request.store, told);
    err.flush();
    return code == 0 && request.fail_on_miss && told.missed > 0 ? 1 : code;
}

}  // namespace tapes::app
