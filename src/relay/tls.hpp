#pragma once

#include "channel.hpp"

#include <string>

namespace tapes::relay {

/// Makes the context for connections to upstreams: TLS 1.2 or newer, verified against the system's
/// authorities and those in the file `extra_ca` (PEM; "" for none). Throws std::runtime_error that names the
/// setting.
ssl_context make_client_context(const std::string& extra_ca);

/// Makes the context for the listener; null where neither file is given. Throws std::runtime_error that names
/// the setting.
ssl_context make_server_context(const std::string& certificate, const std::string& key);

}  // namespace tapes::relay
