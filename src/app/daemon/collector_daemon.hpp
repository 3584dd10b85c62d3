#pragma once

#include "daemon/collector_settings.hpp"
#include "daemon/dead_letter_service.hpp"
#include "daemon/publishers.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/api/metrics.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/store/received.hpp>
#include <tapes/store/writer.hpp>
#include <tapes/sync/mutex.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

class stop_signals;

/// A collector with its store and its admin listener. Its members stand in the order of start; stop() goes
/// the other way.
class collector_daemon {
public:
    /// Reaches the brokers, opens the store and starts reading. Throws where something cannot start.
    explicit collector_daemon(const config::settings& how);
    collector_daemon(const collector_daemon&) = delete;
    collector_daemon& operator=(const collector_daemon&) = delete;

    /// Stops reading, stores what was read, commits, closes. A further signal skips the waits: what is not
    /// committed then comes again.
    void stop(const stop_signals& signals);

    /// Why a consumer has ended by itself; "" while none has.
    std::string failure() const { return collector_->failure(); }

private:
    void reach_topics();
    void start_collector();
    void start_publishers();
    void start_letters();
    void start_admin();
    bool drain(const stop_signals& signals, std::chrono::steady_clock::time_point deadline);
    void fill(api::snapshot& now);
    std::vector<std::string> not_ready() const;

    const config::settings how_;
    const config::collector_settings with_;
    std::atomic<bool> draining_{false};
    capture::ledger ledger_;
    std::unique_ptr<api::metrics> metrics_;
    std::unique_ptr<publish::content_source> contents_;
    std::unique_ptr<store::store_lock> lock_;
    std::unique_ptr<store::writer> writer_;
    sync::mutex orphans_use_;
    std::unique_ptr<store::orphan_reader> orphans_ TAPES_GUARDED_BY(orphans_use_);  ///< for metrics
    std::unique_ptr<bus::message_bus> bus_;
    std::unique_ptr<dead_letter_service> letters_;
    std::unique_ptr<publish::collector> collector_;
    std::unique_ptr<publishers> publishers_;
    std::unique_ptr<dead_letter_service, void (*)(dead_letter_service*)> letters_end_{
        nullptr, nullptr};  ///< stops it before those whose letters it sends
    std::unique_ptr<api::admin_server> admin_;
};

}  // namespace tapes::app
