#pragma once

#include <tapes/config/load.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace tapes::cli {

/// The exit codes of every command.
inline constexpr int done = 0;
inline constexpr int failed = 1;
inline constexpr int wrong_use = 2;

/// The flags of `tapes serve mock`.
struct mock_flags {
    config::listen_address listen{"127.0.0.1", 11434};
    int threads = 1;
    std::chrono::milliseconds delay{0};        ///< before each answer
    std::chrono::milliseconds event_delay{0};  ///< between two events of a stream
    int events = 0;                            ///< the number of a stream's events; 0: chosen by its text
    std::size_t bytes = 0;                     ///< the size of an answer's text; 0: a short answer
};

/// The actions of the commands that serve. They return an exit code, and throw where they cannot start.
struct actions {
    std::function<int(const config::settings&)> proxy;
    std::function<int(const mock_flags&)> mock;
};

/// Runs the command line `arguments` (without the program's name) in the world of `inputs`. Never throws: an
/// error is one line "tapes: …" on `err` and an exit code. With `to_terminal`, `out` is a terminal: bytes
/// that a command hands over are shown there, not sent.
int run_command_line(const std::vector<std::string>& arguments, const actions& act, config::inputs inputs,
                     std::ostream& out, std::ostream& err, bool to_terminal = false);

}  // namespace tapes::cli
