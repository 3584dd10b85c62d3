#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <string>

namespace tapes::app {

struct open_request {
    std::string id;      ///< see read::find_named; "": the list of sessions
    bool print = false;  ///< the address is printed, not opened
    bool json = false;
};

/// Opens the page in a browser, with a code that gives it access once: by the process that has the store, or,
/// where none takes requests, by serving the store here until a signal comes. Where no browser can be
/// started, the address is printed. Call it once, from the main thread, before other threads are started.
/// Returns an exit code (1: nothing has this name). Throws std::runtime_error with one line for people.
int open_page(const config::settings& settings, const open_request& options, printer& out, printer& err);

}  // namespace tapes::app
