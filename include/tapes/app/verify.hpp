#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

namespace tapes::app {

/// Checks the configured store, which may be written to meanwhile. Writes each fault to `out`, one line each,
/// or everything as one JSON object; shows progress on a terminal. Returns 0 when there is no fault, else 1.
/// Throws std::exception with one line for people when there is no store to check.
int verify_store(const config::settings& settings, bool json, printer& out);

}  // namespace tapes::app
