#pragma once

#include "callers.hpp"
#include "channel.hpp"

#include <string>

namespace tapes::relay {

/// Makes the context for connections to upstreams: TLS 1.2 or newer, verified against the system's
/// authorities and those in the file `extra_ca` (PEM; "" for none). Throws std::runtime_error that names the
/// setting.
ssl_context make_client_context(const std::string& extra_ca);

/// Makes the context for the listener; null where neither file is given. With `client_ca` (PEM; "" for none)
/// clients are asked for certificates, and whatever they show, or do not show, the handshake goes on: who may
/// use the relay is answered in HTTP. Throws std::runtime_error that names the setting.
ssl_context make_server_context(const std::string& certificate, const std::string& key,
                                const std::string& client_ca);

/// Returns the name of the certificate that the peer showed, or what is wrong with it.
certificate certificate_of(const SSL* connection);

}  // namespace tapes::relay
