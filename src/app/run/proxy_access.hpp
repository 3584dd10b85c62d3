#pragma once

#include "run/client.hpp"

#include <tapes/api/entrance_routes.hpp>
#include <tapes/config/config.hpp>

#include <memory>
#include <string>

namespace tapes::app::run {

/// An entrance of this process at the proxy on the configured store: the one that runs, or one that is
/// started for it. It is closed with the object.
class open_entrance {
public:
    /// Throws std::runtime_error, in one line, when there can be no such proxy.
    open_entrance(const config::settings& settings, const plan& client, const std::string& agent,
                  const std::string& project);
    ~open_entrance();
    open_entrance(const open_entrance&) = delete;
    open_entrance& operator=(const open_entrance&) = delete;

    /// Returns the base URL of an upstream.
    std::string url(std::string_view key) const { return opened_.url + "/" + std::string{key}; }

    /// Waits until what has passed is recorded, for some seconds at most, and closes the entrance. Waits,
    /// too, until a proxy that was only for this command has ended. Returns what is known.
    api::entrance_state close();

private:
    struct connection;

    const config::settings& settings_;
    std::unique_ptr<connection> proxy_;
    api::opened_entrance opened_;
    bool open_ = false;
};

}  // namespace tapes::app::run
