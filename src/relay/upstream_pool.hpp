#pragma once

#include "channel.hpp"
#include "origin.hpp"
#include "watchdog.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tapes::relay {

/// The idle upstream connections of one I/O thread, by the origin's name. The newest is used first, so that
/// the oldest can be closed for their idleness.
class upstream_pool {
public:
    explicit upstream_pool(watchdog& clock) noexcept : clock_{clock} {}

    /// Takes an idle connection on which nothing has come from the peer, neither bytes nor its end; nullopt
    /// where there is none.
    std::optional<channel> take(const origin& upstream);
    /// Keeps a connection for later use. Its exchange must have ended properly on both sides.
    void give(const origin& upstream, channel idle);
    /// Closes the connections that have been idle for longer than that.
    void close_idle(std::chrono::seconds older_than);

private:
    struct idle_channel {
        channel stream;
        steady_time since;
    };
    static constexpr std::size_t max_idle = 512;

    watchdog& clock_;
    std::unordered_map<std::string, std::vector<idle_channel>> idle_;
};

}  // namespace tapes::relay
