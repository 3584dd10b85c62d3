#include "process/signals.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <csignal>

namespace tapes::app::signals_test {

using namespace std::chrono_literals;

TEST_CASE("a signal is waited for, and only for so long") {
    const stop_signals signals;
    CHECK_FALSE(signals.wait_for(1ms));
    ::kill(::getpid(), SIGTERM);
    CHECK(signals.wait_for(10s));
    CHECK_FALSE(signals.wait_for(0ms));
}

}  // namespace tapes::app::signals_test
