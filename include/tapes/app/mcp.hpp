#pragma once

#include <tapes/config/config.hpp>

#include <string>

namespace tapes::app {

/// Serves the Model Context Protocol on standard input and output, until the input ends, the reader of the
/// output is gone, or a signal comes (SIGINT, SIGTERM, SIGHUP). Questions are answered from the configured
/// store, which may be missing, be written to, or stand where nothing can be written; unless `all_projects`,
/// only from what belongs to the configured project. `version` is what it says of itself. Returns 0.
int serve_mcp(const config::settings& settings, const std::string& version, bool all_projects);

}  // namespace tapes::app
