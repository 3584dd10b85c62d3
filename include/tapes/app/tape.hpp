#pragma once

#include <tapes/config/config.hpp>
#include <tapes/mock/mock.hpp>

#include <string>
#include <vector>

namespace tapes::app {

/// How a store is played in the place of an upstream.
struct tape_request {
    std::string store;                          ///< the file
    std::vector<std::string> ignored;           ///< see tape::tolerance_choice
    std::vector<std::string> ignored_patterns;  ///< the same
    double speed = 0;                           ///< 1: answers come as they came; 0: at once
    bool once = false;                          ///< each recorded answer is given once
    bool fail_on_miss = false;                  ///< a request without an answer makes the exit code 1
    /// Requests without an answer go to their upstream, and are recorded.
    bool record_missing = false;
    std::string record_to;  ///< the store for these; "": the one that is played
    std::string upstream;   ///< of `tapes serve mock`: where they go
};

/// Plays a store until SIGINT or SIGTERM, listening as `listening` says. Prints `tape listening on
/// http://127.0.0.1:PORT`, and at the end, on standard error, how requests were answered. Returns 0, or 1 as
/// `fail_on_miss` says. Throws usage_error, and std::exception with one line for people. Call it from the
/// main thread, before other threads are started.
int serve_tape(const config::settings& settings, const tape_request& request, const mock::options& listening);

}  // namespace tapes::app
