#pragma once

#include "channel.hpp"
#include "interruption.hpp"
#include "watchdog.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string_view>

namespace tapes::relay {

/// Writes all of `bytes` to `peer`. Suspends only where the peer is slow; the rest is copied before that, so
/// `bytes` need not outlive the first suspension. A wait ends where the peer's system takes nothing for the
/// time `stall`: then the deadline of `owner` passes, which is cleared once all is written. Returns false
/// when the peer is gone, the wait was cancelled or `stop` says so. References must outlive the coroutine.
asio::awaitable<bool> write_all(channel& peer, std::string_view bytes, watchdog::watched& owner,
                                std::chrono::milliseconds stall, const interruption& stop);

}  // namespace tapes::relay
