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

/// What `tapes serve mock` was told.
struct mock_flags {
    config::listen_address listen{"127.0.0.1", 11434};
    int threads = 1;
    std::chrono::milliseconds delay{0};        ///< before each answer
    std::chrono::milliseconds event_delay{0};  ///< between two events of a stream
    int events = 0;                            ///< of a stream; 0: one per word
    std::size_t bytes = 0;                     ///< of an answer's text; 0: a short answer
};

/// What the commands that serve call; they return an exit code, and may throw where they cannot start.
struct actions {
    std::function<int(const config::settings&)> proxy;
    std::function<int(const mock_flags&)> mock;
};

/// Runs the command line `arguments` (without the program's name); `from` is the rest of the process' world.
/// Never throws: an error is one line "tapes: …" on `err` and an exit code.
int run(const std::vector<std::string>& arguments, const actions& act, config::inputs from, std::ostream& out,
        std::ostream& err);

}  // namespace tapes::cli
