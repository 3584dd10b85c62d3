#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <string>

namespace tapes::app {

/// Imports the tapes v0.4 file `from` into the configured store: through the process that has it open for
/// writing, or directly when there is none. With `announce` the nodes are published. Writes the result to
/// `out`, and each row that could not be imported to `err`. Returns 0, or 1 when there were such rows. Throws
/// std::runtime_error with one line for people when the import cannot be done.
int import_store(const config::settings& settings, const std::string& from, bool announce, printer& out,
                 printer& err);

}  // namespace tapes::app
