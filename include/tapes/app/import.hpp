#pragma once

#include <tapes/config/config.hpp>

#include <iosfwd>
#include <string>

namespace tapes::app {

/// Takes the tapes v0.4 file `from` into the store of `how`, by way of the process that has it open for
/// writing where there is one; `announce`: and has the nodes published. Tells on `out` what came of it and on
/// `err` each row that could not be imported. Returns 0, or 1 where there were such rows. Throws
/// std::runtime_error with one line for people where the import cannot be done.
int import_store(const config::settings& how, const std::string& from, bool announce, std::ostream& out,
                 std::ostream& err);

}  // namespace tapes::app
