#pragma once

#include <tapes/config/config.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>

/// Cursors over the log, for people and scripts. As the functions for dead letters.
namespace tapes::app {

int list_cursors(const config::settings& how, bool json, std::ostream& out);
/// All rows up to `seq` count as done; 0: everything goes again.
int set_cursor(const config::settings& how, const std::string& name, std::uint64_t seq, std::ostream& out);
int delete_cursor(const config::settings& how, const std::string& name, std::ostream& out);

}  // namespace tapes::app
