#pragma once

#include <tapes/config/config.hpp>

#include <iosfwd>
#include <string>

namespace tapes::app {

/// Checks the configured store, also while it is written to, and tells on `out` what is wrong, one line each,
/// or with `json` one object; a progress bar goes to a terminal. Returns 0 where nothing is wrong, else 1.
/// Throws std::exception with one line for people where there is no store to check.
int verify_store(const config::settings& how, bool json, std::ostream& out);

/// Makes the new store `to` of what the configured one has kept of its exchanges' bytes. Returns 0 where it
/// has the nodes that it should have, else 1. Throws as above.
int rederive_store(const config::settings& how, const std::string& to, std::ostream& out, std::ostream& err);

}  // namespace tapes::app
