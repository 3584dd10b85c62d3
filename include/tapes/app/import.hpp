#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <string>

namespace tapes::app {

/// What is to be imported, and how.
struct import_order {
    std::string from;
    bool announce = false;   ///< of a v0.4 database: its nodes are published
    std::string provider;    ///< of turns that name none; "": that of their API
    std::string agent_name;  ///< of turns that name none
};

/// Imports a file by what it is: the nodes of a tapes v0.4 database, or the turns of a HAR file or of lines
/// of JSON. Throws std::runtime_error with one line for people where it is none of these, and like
/// import_store. Returns 0, or 1 when something could not be imported.
int import_file(const config::settings& settings, const import_order& order, printer& out, printer& err);

/// Imports the tapes v0.4 file `from` into the configured store: through the process that has it open for
/// writing, or directly when there is none. With `announce` the nodes are published. Writes the result to
/// `out`, and each row that could not be imported to `err`. Returns 0, or 1 when there were such rows. Throws
/// std::runtime_error with one line for people when the import cannot be done.
int import_store(const config::settings& settings, const std::string& from, bool announce, printer& out,
                 printer& err);

}  // namespace tapes::app
