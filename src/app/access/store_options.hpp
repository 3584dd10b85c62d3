#pragma once

#include <tapes/config/config.hpp>
#include <tapes/store/store.hpp>

#include <chrono>
#include <cstdlib>

namespace tapes::app {

/// Returns how the configured store is opened for writing.
inline store::open_options store_options(const config::storage_settings& settings) {
    return {settings.sqlite_path, settings.synchronous == config::durability::full
                                      ? store::synchronous::full
                                      : store::synchronous::normal};
}

/// Returns the delay by which TAPES_TEST_COMMIT_DELAY_MS makes each commit slow, for tests.
inline std::chrono::milliseconds test_commit_delay() {
    const char* const value = std::getenv("TAPES_TEST_COMMIT_DELAY_MS");
    return std::chrono::milliseconds{value == nullptr ? 0 : std::strtol(value, nullptr, 10)};
}

}  // namespace tapes::app
