#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/app/tape.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/config/config.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tapes::app {

/// A command to run behind a proxy; "" for what was not given.
struct run_request {
    std::vector<std::string> command;
    std::string agent;  ///< "": the client's name
    /// Where its requests go, instead of where they would have gone without tapes: all of them, or those of
    /// one provider.
    std::string upstream, openai_upstream, anthropic_upstream, ollama_upstream, gemini_upstream;
    /// A store of its own that takes everything that passes, so that it can be played; "": the configured
    /// one.
    std::string tape;
    std::optional<tape_request> replay;  ///< answers come from this tape, and nothing is recorded
};

/// The surroundings of a command, so that a test can give its own.
struct run_world {
    std::map<std::string, std::string> environment;
    std::string working_directory;
    std::string home;
    std::string root = "/";  ///< what settings of the whole machine are read below
};

/// Returns those of this process.
run_world process_world();

/// Runs a command whose requests to LLM APIs pass through a proxy that records them to the configured store:
/// the one that has the store open, or one that runs in the background as long as commands need it. Its
/// requests go where they would have gone without tapes. Returns the command's exit code, 128 and the
/// signal's number where a signal ended it, 126 or 127 where it cannot be run (POSIX sh). Throws usage_error,
/// in one line, where it cannot be found out where the command's requests would go, and std::runtime_error
/// where there can be no proxy. Call it from the main thread, before other threads are started.
///
/// Where a tape is played, there is no proxy, unless what is missing is to be recorded. The exit code is then
/// 1 where the command's is 0 and the request says that a miss is a failure.
int run_command(const config::settings& settings, const run_request& request, const run_world& world,
                printer& err);

}  // namespace tapes::app
