#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <string>

namespace tapes::app {

/// Makes the new store `to` from the bytes of exchanges that the configured store has kept. Returns 0 when it
/// has the nodes that it should have, else 1. Throws std::exception with one line for people when it cannot
/// be made.
int rederive_store(const config::settings& settings, const std::string& to, printer& out, printer& err);

}  // namespace tapes::app
