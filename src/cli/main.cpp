#include <tapes/app/daemons.hpp>
#include <tapes/cli/run.hpp>

#include <csignal>
#include <iostream>

int main(int argc, char** argv) {
    // A peer that closes is an error of that write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    const tapes::cli::actions act{
        tapes::app::run_proxy,
        [](const tapes::cli::mock_flags& flags) {
            tapes::mock::options how;
            how.listen = flags.listen;
            how.threads = flags.threads;
            how.delay = flags.delay;
            how.event_delay = flags.event_delay;
            how.events = flags.events;
            how.bytes = flags.bytes;
            return tapes::app::run_mock(how);
        },
    };
    return tapes::cli::run({argv + 1, argv + argc}, act, tapes::config::process_inputs(), std::cout,
                           std::cerr);
}
