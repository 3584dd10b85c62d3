#include "daemon/api_daemon.hpp"
#include "daemon/collector_daemon.hpp"
#include "daemon/daemon.hpp"
#include "process/log.hpp"
#include "process/memory.hpp"
#include "process/signals.hpp"

#include <tapes/app/daemons.hpp>

#include <stdexcept>
#include <string>

namespace tapes::app {

namespace {

constexpr std::chrono::milliseconds failure_check_interval{250};
constexpr std::chrono::milliseconds entrance_check_interval{1000};

void require_upstream(const config::proxy_settings& proxy) {
    if (proxy.upstream.empty() && proxy.openai_upstream.empty() && proxy.anthropic_upstream.empty() &&
        proxy.ollama_upstream.empty() && proxy.gemini_upstream.empty()) {
        throw std::runtime_error{
            "proxy.provider is auto, which sends requests only to upstreams that are named: set "
            "proxy.upstream "
            "(--upstream), or proxy.openai_upstream, proxy.anthropic_upstream, proxy.gemini_upstream or "
            "proxy.ollama_upstream"};
    }
}

}  // namespace

int run_proxy(const config::settings& settings) {
    require_upstream(settings.proxy);
    prepare_memory();
    const stop_signals signals;  // before any thread, the log's among them
    start_log(settings.log);
    const drained_log log;
    daemon running{settings};
    while (!signals.wait_for(entrance_check_interval)) {
        running.entrances().sweep();
    }
    running.stop(signals);
    return 0;
}

int run_collector(const config::settings& settings) {
    prepare_memory();
    const stop_signals signals;  // before any thread, the log's among them
    start_log(settings.log);
    const drained_log log;
    collector_daemon running{settings};
    std::string failure;
    while (failure.empty() && !signals.wait_for(failure_check_interval)) {
        failure = running.failure();
    }
    running.stop(signals);
    if (!failure.empty()) {
        throw std::runtime_error{"a consumer has failed: " + failure};
    }
    return 0;
}

int run_api(const config::settings& settings) {
    prepare_memory();
    const stop_signals signals;  // before any thread, the log's among them
    start_log(settings.log);
    const drained_log log;
    const api_daemon running{settings};
    while (!signals.wait_for(failure_check_interval)) {
    }
    return 0;
}

int run_mock(const mock::options& options) {
    return mock::run(options);
}

}  // namespace tapes::app
