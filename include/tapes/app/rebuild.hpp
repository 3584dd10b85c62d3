#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <string>

namespace tapes::app {

/// Makes the new store `to` from the whole Kafka topic, up to the end that it has now. Returns 0 when
/// everything is there, and 1 when nodes are missing or messages could not be stored; `err` names those. An
/// incomplete store stays where it is. Throws std::exception with one line for people when the rebuild cannot
/// be done.
int rebuild_store(const config::settings& settings, const std::string& to, printer& out, printer& err);

}  // namespace tapes::app
