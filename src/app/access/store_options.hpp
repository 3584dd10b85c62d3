#pragma once

#include <tapes/config/config.hpp>
#include <tapes/store/store.hpp>

#include <chrono>
#include <cstdlib>

namespace tapes::app {

/// How the store of a configuration is opened for writing.
inline store::open_options store_options(const config::storage_settings& how) {
    return {how.sqlite_path, how.synchronous == config::durability::full ? store::synchronous::full
                                                                         : store::synchronous::normal};
}

/// TAPES_TEST_COMMIT_DELAY_MS makes the store slow, for tests.
inline std::chrono::milliseconds test_commit_delay() {
    const char* const value = std::getenv("TAPES_TEST_COMMIT_DELAY_MS");
    return std::chrono::milliseconds{value == nullptr ? 0 : std::strtol(value, nullptr, 10)};
}

}  // namespace tapes::app
