#pragma once

#include "run/client.hpp"

namespace tapes::app::run {

/// Throws usage_error where the client would have reached an upstream through an HTTP proxy (HTTPS_PROXY and
/// its like): tapes connects to upstreams itself. Whoever names the upstream by a flag has decided.
void check_http_proxies(const invocation& client, const plan& way, const run_request& request);

/// Has requests to loopback leave out an HTTP proxy, where the environment names one.
void keep_loopback_direct(const invocation& client, launch& to);

}  // namespace tapes::app::run
