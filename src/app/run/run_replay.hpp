#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/app/run.hpp>

namespace tapes::app::run {

/// Runs a command whose requests a tape answers, see run_command.
int run_replay(const config::settings& settings, const run_request& request, const run_world& world,
               printer& err);

}  // namespace tapes::app::run
