#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <cstdint>
#include <string>

/// The cursors over the log, for people and scripts. Each function returns an exit code, and throws
/// std::runtime_error with one line for people when it cannot be done.
namespace tapes::app {

/// Lists how far each cursor has come.
int list_cursors(const config::settings& settings, bool json, printer& out);
/// Moves a cursor: all rows up to `seq` count as done. 0 publishes everything again.
int set_cursor(const config::settings& settings, const std::string& name, std::uint64_t seq, printer& out);
/// Forgets a cursor.
int delete_cursor(const config::settings& settings, const std::string& name, printer& out);

}  // namespace tapes::app
