#include "daemon.hpp"
#include "log.hpp"
#include "signals.hpp"

#include <tapes/app/app.hpp>

#include <malloc.h>

namespace tapes::app {

namespace {

constexpr int large_block_bytes = 512 * 1024;

}  // namespace

int run_proxy(const config::settings& how) {
    // Large captures go back to the system when they end, instead of leaving holes in the heap.
    mallopt(M_MMAP_THRESHOLD, large_block_bytes);
    mallopt(M_TRIM_THRESHOLD, 4 * large_block_bytes);
    const stop_signals signals;  // before any thread, the log's among them
    start_log(how.log);
    daemon running{how};
    signals.wait();
    running.stop(signals);
    return 0;
}

int run_mock(const mock::options& how) {
    return mock::run(how);
}

}  // namespace tapes::app
