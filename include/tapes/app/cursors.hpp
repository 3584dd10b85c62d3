#pragma once

#include <tapes/config/config.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>

/// The cursors over the log, for people and scripts. Each function returns an exit code, and throws
/// std::runtime_error with one line for people when it cannot be done.
namespace tapes::app {

/// Lists how far each cursor has come.
int list_cursors(const config::settings& settings, bool json, std::ostream& out);
/// Moves a cursor: all rows up to `seq` count as done. 0 publishes everything again.
int set_cursor(const config::settings& settings, const std::string& name, std::uint64_t seq,
               std::ostream& out);
/// Forgets a cursor.
int delete_cursor(const config::settings& settings, const std::string& name, std::ostream& out);

}  // namespace tapes::app
