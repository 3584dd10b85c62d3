#pragma once

#include <stdexcept>

namespace tapes::app {

/// A mistake in the command line: what was asked for cannot be, whatever the store holds. `what()` is one
/// line for people.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace tapes::app
