#pragma once

#include "access/running_process.hpp"

#include <tapes/api/route.hpp>
#include <tapes/config/config.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tapes::app {

/// Changes a store for a command: through the admin listener of the process that has it open for writing, or
/// else with the same routes in this process, which then holds the store's lock until the channel is
/// destroyed. Use it from one thread at a time.
class admin_channel {
public:
    /// Throws std::runtime_error in one line when the store does not exist, or when the process that has it
    /// has no admin listener.
    explicit admin_channel(const config::settings& settings);
    ~admin_channel();
    admin_channel(const admin_channel&) = delete;
    admin_channel& operator=(const admin_channel&) = delete;

    /// Sends a request and returns the body of an answer of 2xx. Throws std::runtime_error with the text of
    /// any other answer, and when no answer comes.
    std::string send(const api::request& request);

    /// Says whether a running process answers the requests.
    bool live() const noexcept { return running_.has_value(); }

private:
    struct local;

    std::optional<running_process> running_;
    std::unique_ptr<local> local_;
};

}  // namespace tapes::app
