#include <tapes/app/command_log.hpp>
#include <tapes/app/daemons.hpp>
#include <tapes/cli/command_line.hpp>
#include <tapes/cli/output_buffer.hpp>

#include <unistd.h>

#include <csignal>
#include <iostream>

int main(int argc, char** argv) {
    // A peer that closes is an error of that write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // and so is a limit on the size of files
    tapes::app::start_command_log();
    const tapes::cli::actions act{
        tapes::app::run_proxy,
        [](const tapes::cli::mock_flags& flags) {
            return tapes::app::run_mock({
                .host = flags.listen.host,
                .port = flags.listen.port,
                .threads = flags.threads,
                .delay = flags.delay,
                .event_delay = flags.event_delay,
                .events = flags.events,
                .bytes = flags.bytes,
            });
        },
    };
    const bool to_terminal = ::isatty(STDOUT_FILENO) == 1;
    tapes::cli::output_buffer output{STDOUT_FILENO, to_terminal};
    std::ostream out{&output};
    std::cerr.tie(&out);  // where both go to one place, they stand in order
    const auto code = tapes::cli::run_command_line(
        {argv + 1, argv + argc}, act, tapes::config::process_inputs(), out, std::cerr, to_terminal);
    std::cerr.tie(nullptr);
    return tapes::cli::exit_code_of(code, output, std::cerr);
}
