#include "process/signals.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <csignal>

namespace tapes::app::signals_test {

using namespace std::chrono_literals;

TEST_CASE("a terminal that goes away stops the process, unless it was started to outlive it") {
    const bool ignored = GENERATE(true, false);
    const auto before = std::signal(SIGHUP, ignored ? SIG_IGN : SIG_DFL);
    const stop_signals signals;
    // Where it is ignored nothing may wait for it, and where it is not it is blocked.
    ::kill(::getpid(), SIGHUP);
    CHECK(signals.wait_for(50ms) != ignored);
    std::signal(SIGHUP, SIG_IGN);  // also drops one that is pending
    std::signal(SIGHUP, before);
}

TEST_CASE("a signal is waited for, and only for so long") {
    const auto signal = GENERATE(SIGTERM, SIGINT, SIGHUP);
    const stop_signals signals;
    CHECK_FALSE(signals.wait_for(1ms));
    ::kill(::getpid(), signal);
    CHECK(signals.wait_for(60s));
    CHECK_FALSE(signals.wait_for(0ms));
}

}  // namespace tapes::app::signals_test
