#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tapes::app {

struct record_export {
    std::string id = "@";       ///< see read::find_named
    std::string as;             ///< the form
    std::string api;            ///< of the form `request`
    std::string file;           ///< "": standard output
    std::size_t thread = 0;     ///< of a session, from 1; 0: its main threads
    bool keep_secrets = false;  ///< they stay in the content
    std::size_t carry_mb = 0;   ///< of the form html: the most of a node's content; 0: what is usual
};

/// Writes a part of the record in a form that others read, and tells on `err` which secrets were taken out.
/// A file (0600) comes to stand under its name when it is whole. Brings the catalogue up to date first.
/// Returns an exit code (1: nothing was found); throws std::runtime_error with one line for people, and
/// usage_error for wrong use.
int export_record(const config::settings& settings, const record_export& options, printer& out, printer& err);

/// The names of the forms, as `--as` takes them.
std::vector<std::string> export_forms();

}  // namespace tapes::app
