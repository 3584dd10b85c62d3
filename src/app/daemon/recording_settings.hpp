#pragma once

#include <tapes/config/config.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/record/pool.hpp>

#include <map>
#include <string>

namespace tapes::app {

/// How turns are recorded under these settings, for the configured store. `tokens` are those of the proxy's
/// clients, by their names: they are redacted.
record::settings recording_settings(const config::settings& settings,
                                    const std::map<std::string, std::string>& tokens);

}  // namespace tapes::app
