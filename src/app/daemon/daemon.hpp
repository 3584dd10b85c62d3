#pragma once

#include "daemon/daemon_services.hpp"
#include "daemon/daemon_store.hpp"
#include "daemon/entrance_service.hpp"
#include "daemon/ingest_service.hpp"
#include "daemon/live_events.hpp"

#include <tapes/capture/body.hpp>
#include <tapes/capture/budget.hpp>
#include <tapes/config/config.hpp>
#include <tapes/mock/mock.hpp>
#include <tapes/record/answers_in_flight.hpp>
#include <tapes/record/pool.hpp>
#include <tapes/relay/server.hpp>
#include <tapes/store/entry.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace tapes::app {

class stop_signals;

/// The proxy with all its rooms. Its members stand in the order of start; stop() goes the other way.
class daemon {
public:
    /// Whom a proxy is for: whoever connects, or commands that open entrances (`tapes run`).
    enum class purpose : bool { clients, runs };

    /// Builds, connects and starts everything. Throws std::exception when something cannot start.
    explicit daemon(const config::settings& settings, purpose wanted = purpose::clients);
    ~daemon();
    daemon(const daemon&) = delete;
    daemon& operator=(const daemon&) = delete;

    /// Drains and stops: says that it is not ready, stops accepting, finishes what is in flight, commits,
    /// publishes and closes. A further signal skips the waits. Exchanges that are still open at the deadline
    /// are cut and recorded.
    void stop(const stop_signals& signals);

    entrance_service& entrances() noexcept { return *entrances_; }

private:
    void start_live(const http::redaction_settings& redaction);
    void remember_volatile_set();
    void wait_for_commits(std::chrono::steady_clock::time_point deadline) const;
    void settled(const store::entry& entry);
    std::string upstreams_text() const;
    relay::options relay_options() const;

    const config::settings settings_;
    const std::map<std::string, std::string> tokens_;  ///< of clients, by their names
    capture::budget budget_;
    capture::spill_policy spill_;
    std::unique_ptr<mock::server> mock_;
    daemon_store store_;
    std::unique_ptr<record::answers_in_flight> in_flight_;  ///< null without an admin listener
    std::unique_ptr<live_events> live_;                     ///< null without an admin listener
    std::unique_ptr<ingest_service> ingest_;                ///< null without an admin listener
    std::unique_ptr<daemon_services> services_;
    std::unique_ptr<record::pool> pool_;
    std::unique_ptr<relay::server> relay_;
    std::unique_ptr<entrance_service> entrances_;
};

}  // namespace tapes::app
