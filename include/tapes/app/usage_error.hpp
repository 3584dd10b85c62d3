#pragma once

#include <stdexcept>

namespace tapes::app {

/// Thrown for a mistake in the command line, which is wrong whatever the store holds. what() is one line for
/// people.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace tapes::app
