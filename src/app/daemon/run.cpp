#include "daemon/collector_daemon.hpp"
#include "daemon/daemon.hpp"
#include "process/log.hpp"
#include "process/signals.hpp"

#include <tapes/app/daemons.hpp>
#include <tapes/text/utf8.hpp>

#include <malloc.h>

#include <stdexcept>
#include <string>

namespace tapes::app {

namespace {

constexpr int large_block_bytes = 512 * 1024;
constexpr std::chrono::milliseconds failure_check_interval{250};

/// Large bodies and messages go back to the system when they end, instead of leaving holes in the heap.
void release_large_blocks() {
    mallopt(M_MMAP_THRESHOLD, large_block_bytes);
    mallopt(M_TRIM_THRESHOLD, 4 * large_block_bytes);
}

/// simdjson chooses its code for this processor at its first use. That takes memory, within functions that
/// cannot say that there is none: it is done while there is some.
void choose_json_code() {
    (void)text::valid_utf8("-");
}

void require_upstream(const config::proxy_settings& proxy) {
    if (proxy.upstream.empty() && proxy.openai_upstream.empty() && proxy.anthropic_upstream.empty() &&
        proxy.ollama_upstream.empty()) {
        throw std::runtime_error{
            "proxy.provider is auto, which sends requests only to upstreams that are named: set "
            "proxy.upstream "
            "(--upstream), or proxy.openai_upstream, proxy.anthropic_upstream or proxy.ollama_upstream"};
    }
}

}  // namespace

int run_proxy(const config::settings& settings) {
    require_upstream(settings.proxy);
    release_large_blocks();
    choose_json_code();
    const stop_signals signals;  // before any thread, the log's among them
    start_log(settings.log);
    const drained_log log;
    daemon running{settings};
    signals.wait();
    running.stop(signals);
    return 0;
}

int run_collector(const config::settings& settings) {
    release_large_blocks();
    choose_json_code();
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

int run_mock(const mock::options& options) {
    return mock::run(options);
}

}  // namespace tapes::app
