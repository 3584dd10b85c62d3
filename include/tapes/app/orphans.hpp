#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

namespace tapes::app {

/// Lists the nodes that wait for their parents, one line each, or one JSON object in each line. Returns 0.
/// Throws std::exception with one line for people when the store cannot be read.
int list_orphans(const config::settings& settings, bool json, printer& out);

}  // namespace tapes::app
