#pragma once

#include "commands.hpp"

#include <tapes/app/tape.hpp>

namespace tapes::cli {

/// Adds the flags that say how a tape is played, all but the one that names it. `request` outlives the
/// command. Each needs `replay`, the flag that names the tape.
void add_tape_flags(CLI::App& command, app::tape_request& request, CLI::Option* replay);

}  // namespace tapes::cli
