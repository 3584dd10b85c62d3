#pragma once

#include "outside/outside_entry.hpp"
#include "outside/outside_file.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <string>

namespace tapes::app {

/// Records the turns of a HAR file, or of lines of JSON, as if they had passed the proxy: through the process
/// that has the store, or directly when there is none. Entries that are no turns are counted, what is wrong
/// is named with its place. Returns 0, or 1 when something was wrong. Throws std::runtime_error with one line
/// for people when the import cannot go on; it may be repeated.
int import_turns(const config::settings& settings, const std::string& from, outside_kind kind,
                 const outside_defaults& defaults, printer& out, printer& err);

}  // namespace tapes::app
