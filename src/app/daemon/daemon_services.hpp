#pragma once

#include "daemon/daemon_store.hpp"
#include "daemon/publishers.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/api/route.hpp>
#include <tapes/catalogue/catalogue.hpp>
#include <tapes/config/config.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

/// How long the writer may take at a stop to commit what is left.
inline constexpr std::chrono::seconds commit_time_at_stop{10};
/// How long publishers may take at a stop that a further signal hurries.
inline constexpr std::chrono::milliseconds hurried_flush_time{500};

/// What a process runs over its store beside its own work: publishers, retries of dead letters, the catalogue
/// and the admin listener. The store must outlive it.
class daemon_services {
public:
    /// Starts the publishers, the retries and the keeper of the catalogue. `sender` retries letters that did
    /// not come from a publisher. Throws std::exception in one line when a publisher cannot start.
    daemon_services(daemon_store& store, const std::vector<config::publisher_settings>& publishers,
                    const config::catalogue_settings& catalogue,
                    std::unique_ptr<publish::letter_sender> sender = {});
    ~daemon_services();
    daemon_services(const daemon_services&) = delete;
    daemon_services& operator=(const daemon_services&) = delete;

    /// Opens the admin listener, if one is configured, with `routes` beside those of every process. `fill`
    /// fills in the figures that the process has beside those of its store; `not_ready` is that of
    /// api::admin_options. Throws std::runtime_error in one line when it cannot listen.
    void open_admin(const config::settings& settings, std::function<void(api::snapshot&)> fill,
                    std::function<std::vector<std::string>()> not_ready, api::route_table routes = {});

    /// Stops the retries and the catalogue, publishes what is in the log for at most `longest`, and closes
    /// the admin listener.
    void stop(std::chrono::milliseconds longest);

private:
    daemon_store& store_;
    publishers publishers_;
    std::unique_ptr<catalogue::keeper> catalogue_;  ///< null where none is kept
    std::unique_ptr<api::admin_server> admin_;
};

}  // namespace tapes::app
