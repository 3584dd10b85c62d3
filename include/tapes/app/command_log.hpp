#pragma once

namespace tapes::app {

/// Sets the log of a command up, before it runs: warnings on standard error, shown as what commands print.
/// Daemons replace it by their own.
void start_command_log();

}  // namespace tapes::app
