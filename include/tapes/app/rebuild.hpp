#pragma once

#include <tapes/config/config.hpp>

#include <iosfwd>
#include <string>

namespace tapes::app {

/// Makes the new store `to` from the whole Kafka topic, up to the end that it has now. Returns 0 when
/// everything is there, and 1 when nodes are missing or messages could not be stored; `err` names those. An
/// incomplete store stays where it is. Throws std::exception with one line for people when the rebuild cannot
/// be done.
int rebuild_store(const config::settings& settings, const std::string& to, std::ostream& out,
                  std::ostream& err);

}  // namespace tapes::app
