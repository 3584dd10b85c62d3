#pragma once

#include "access/replay_writer.hpp"
#include "process/signals.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>
#include <tapes/store/replays.hpp>

#include <string>

namespace tapes::app {

/// Sends what is left of a replay in this process, and keeps its row up to date. A replay with an id was
/// begun before; without one, its row is created. Returns the exit code. Throws std::exception with one line
/// when it cannot begin.
int run_replay(const config::settings& settings, store::replay wanted, const stop_signals& signals,
               printer& out, printer& err);

}  // namespace tapes::app
