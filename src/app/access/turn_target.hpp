#pragma once

#include <tapes/config/config.hpp>
#include <tapes/record/intake.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

/// What became of a turn that was brought.
struct brought_turn {
    enum class state { taken, known, refused } now = state::refused;
    std::string detail;  ///< why it was refused
};

/// Where turns that did not pass the proxy go. For one thread.
class turn_target {
public:
    virtual ~turn_target() = default;
    /// Records them; what it returns is in their order. Throws std::runtime_error in one line where the store
    /// does not take them at present.
    virtual std::vector<brought_turn> take(std::vector<record::outside_exchange> all) = 0;
};

/// Returns the process that has the configured store as the target, or else the store itself, which it makes
/// where it is not there. Throws like running_process::find and store::store_lock.
std::unique_ptr<turn_target> open_turn_target(const config::settings& settings);

}  // namespace tapes::app
