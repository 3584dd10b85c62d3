#pragma once

#include <map>
#include <string>
#include <vector>

namespace tapes::app::run {

/// Runs a command to its end, in the place of this process: it has its terminal, its standard streams and its
/// working directory. Where this process is alone in the foreground of a terminal, the command becomes the
/// foreground process group (POSIX, tcsetpgrp), so that Ctrl-C, Ctrl-Z, Ctrl-\ and changes of the window's
/// size go to it alone; when it stops, this process stops too, and `fg` continues both. Elsewhere it stays
/// in the group of this process, as in a pipeline. Signals that others send to this process are passed on.
/// Returns the exit code as a shell tells it: 128 and the number of the signal that ended it, 126 where the
/// program cannot be run, 127 where there is none. Call it from the main thread, before others are started.
int run_child(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment);

}  // namespace tapes::app::run
