#pragma once

#include "channel.hpp"

#include <string>

namespace tapes::relay {

/// A context for connections to upstreams: TLS 1.2 or newer, the system's authorities and those in `extra_ca`
/// (PEM; "" for none), verification on. Throws std::runtime_error that names the setting.
ssl_context make_client_context(const std::string& extra_ca);

/// A context for the listener, or null where neither file is given. Throws std::runtime_error.
ssl_context make_server_context(const std::string& certificate, const std::string& key);

}  // namespace tapes::relay
