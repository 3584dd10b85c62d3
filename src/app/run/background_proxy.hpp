#pragma once

#include <tapes/config/config.hpp>

#include <string>

namespace tapes::app::run {

/// Returns the file that takes the log of the proxy in the background: it stands beside the store.
std::string background_log(const config::settings& settings);

/// Starts a proxy on the configured store in the background: in a session of its own, on free ports of
/// loopback, with no upstream but those of the entrances that commands open, and with its log in
/// background_log(). It ends when its last entrance is closed, or when none is opened for some seconds.
/// Returns when it takes requests. Throws std::runtime_error with its own line when it cannot start. This
/// process must have one thread.
void start_background_proxy(const config::settings& settings);

}  // namespace tapes::app::run
