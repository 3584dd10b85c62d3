#pragma once

#include "memory_state.hpp"

#include <memory>

namespace tapes::bus {

/// Throws setting_error.
std::unique_ptr<consumer> make_memory_consumer(std::shared_ptr<memory_bus::state> bus, subscriber& handler,
                                               const consumer_options& options);

}  // namespace tapes::bus
