#include <tapes/app/app.hpp>

#include "daemon.hpp"
#include "log.hpp"
#include "signals.hpp"

namespace tapes::app {

int run_proxy(const config::settings& how) {
    const stop_signals signals;  // before any thread, the log's among them
    start_log(how.log);
    daemon running{how};
    signals.wait();
    running.stop(signals);
    return 0;
}

int run_mock(const mock::options& how) { return mock::run(how); }

}  // namespace tapes::app
