#pragma once

#include "daemon/collector_settings.hpp"
#include "daemon/daemon_services.hpp"
#include "daemon/daemon_store.hpp"
#include "daemon/live_events.hpp"

#include <tapes/store/received.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

class stop_signals;

/// A collector with its store. Its members stand in the order of start; stop() goes the other way.
class collector_daemon {
public:
    /// Reaches the brokers, opens the store and starts reading. Throws std::exception when something cannot
    /// start.
    explicit collector_daemon(const config::settings& settings);
    collector_daemon(const collector_daemon&) = delete;
    collector_daemon& operator=(const collector_daemon&) = delete;

    /// Stops reading, stores and commits what was read, and closes. A further signal skips the waits;
    /// messages that are not committed then come again.
    void stop(const stop_signals& signals);

    /// Says why a consumer has ended by itself; "" while none has.
    std::string failure() const { return collector_->failure(); }

private:
    void reach_topics();
    void start_collector();
    void start_admin();
    bool drain(const stop_signals& signals, std::chrono::steady_clock::time_point deadline);
    void fill(api::snapshot& current);
    std::vector<std::string> not_ready() const;

    const config::settings settings_;
    const config::collector_settings collector_settings_;
    std::unique_ptr<publish::content_source> contents_;
    daemon_store store_;
    sync::mutex orphans_use_;
    std::unique_ptr<store::orphan_reader> orphans_ TAPES_GUARDED_BY(orphans_use_);  ///< for metrics
    std::unique_ptr<bus::message_bus> bus_;
    std::unique_ptr<publish::collector> collector_;
    std::unique_ptr<live_events> live_;
    std::unique_ptr<daemon_services> services_;
};

}  // namespace tapes::app
