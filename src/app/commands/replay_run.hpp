#pragma once

#include "access/replay_rows.hpp"
#include "process/signals.hpp"

#include <tapes/config/config.hpp>
#include <tapes/store/replays.hpp>

#include <iosfwd>
#include <string>

namespace tapes::app {

/// Sends what is left of a replay, in this process; its row is made or changed as it goes. Where `wanted` has
/// an id it is one that was begun before. Returns the exit code. Throws std::exception with one line where it
/// cannot begin.
int run_replay(const config::settings& how, store::replay wanted, const stop_signals& signals,
               std::ostream& out, std::ostream& err);

}  // namespace tapes::app
