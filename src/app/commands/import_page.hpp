#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/store/import.hpp>

#include <string>

namespace tapes::app {

/// Tells whether a file is a page that `tapes export --as html` has written.
bool is_exported_page(const std::string& path);

/// Proves the nodes of such a page, all of them, and then takes them into a store. Nodes of which something
/// was taken out, and those behind them, get the hashes that what is left gives. Throws std::runtime_error,
/// with nothing stored, where a hash does not hold.
int import_page(const std::string& from, const std::string& into, store::import_target& target, bool announce,
                printer& out);

}  // namespace tapes::app
