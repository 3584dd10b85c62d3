#pragma once

#include <tapes/config/config.hpp>
#include <tapes/mock/mock.hpp>

/// The processes that run until SIGINT or SIGTERM. Call one of them once, from the main thread, before other
/// threads are started. Each returns 0 after an orderly stop, and throws std::exception with one line for
/// people when it cannot start.
namespace tapes::app {

/// Runs the proxy. A first signal drains and stops it; a second one skips the waits.
int run_proxy(const config::settings& settings);

/// Runs the collector. When it is stopped, everything that it has read is stored, and the offsets are
/// committed. Throws std::runtime_error when a consumer has failed for good.
int run_collector(const config::settings& settings);

/// Runs the read API alone, on a store that another process writes, or nobody.
int run_api(const config::settings& settings);

/// Runs the mock upstream.
int run_mock(const mock::options& options);

}  // namespace tapes::app
