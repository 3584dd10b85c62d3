#pragma once

namespace tapes::app {

/// Sets up how this process uses memory. Call it first in a process that records.
void prepare_memory();

}  // namespace tapes::app
