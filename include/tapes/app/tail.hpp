#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/app/screen_options.hpp>
#include <tapes/config/config.hpp>

#include <cstddef>
#include <string>

namespace tapes::app {

struct tail_request {
    std::size_t limit = 20;  ///< of exchanges that are there already
    bool follow = false;
    bool partial = false;  ///< answers that are still coming, too
    std::string project, agent, session, provider, model;
    bool json = false;
    screen_options screen;
};

/// Shows the newest exchanges, one in a line, the oldest first; then, where that is asked for, each one as it
/// is committed: told by the process that has the store, or read from the store where there is none, for as
/// long as somebody reads. Returns an exit code (1: nothing was found). Throws std::runtime_error with one
/// line for people, and usage_error for wrong use.
int tail_record(const config::settings& settings, const tail_request& options, printer& out, printer& err);

}  // namespace tapes::app
