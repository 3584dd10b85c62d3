#pragma once

#include <tapes/config/config.hpp>
#include <tapes/mock/mock.hpp>

namespace tapes::app {

/// Runs the proxy until SIGINT or SIGTERM (a second one hurries), then drains and stops it. Call once, from
/// the main thread, before others are started. Returns 0 after an orderly stop. Throws std::exception with
/// one line for people where it cannot start.
int run_proxy(const config::settings& how);

/// Runs the mock upstream until SIGINT or SIGTERM. As above.
int run_mock(const mock::options& how);

}  // namespace tapes::app
