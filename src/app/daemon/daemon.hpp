#pragma once

#include "daemon/dead_letter_service.hpp"
#include "daemon/publishers.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/api/metrics.hpp>
#include <tapes/capture/body.hpp>
#include <tapes/capture/budget.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/config/config.hpp>
#include <tapes/mock/mock.hpp>
#include <tapes/record/pool.hpp>
#include <tapes/relay/server.hpp>
#include <tapes/store/writer.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

class stop_signals;

/// The proxy with all its rooms. Its members stand in the order of start; stop() goes the other way.
class daemon {
public:
    /// Builds, connects and starts everything. Throws where something cannot start.
    explicit daemon(const config::settings& how);
    ~daemon();
    daemon(const daemon&) = delete;
    daemon& operator=(const daemon&) = delete;

    /// Drains and stops: not ready, stop accepting, finish what is in flight, commit, publish, close. A
    /// further signal skips the waits. What is still open at the deadline is cut and recorded.
    void stop(const stop_signals& signals);

private:
    void start_publishers();
    void remember_volatile_set();
    void start_admin();
    void wait_for_commits(std::chrono::steady_clock::time_point deadline) const;
    void settled(const store::entry& one);
    void fill(api::snapshot& now);
    std::vector<std::string> not_ready() const;
    relay::options relay_options() const;

    const config::settings how_;
    std::atomic<bool> draining_{false};
    capture::ledger ledger_;
    capture::budget budget_;
    capture::spill_policy spill_;
    std::unique_ptr<mock::server> mock_;
    std::unique_ptr<api::metrics> metrics_;
    std::unique_ptr<store::store_lock> lock_;
    std::unique_ptr<store::writer> writer_;
    std::unique_ptr<dead_letter_service> letters_;
    std::unique_ptr<publishers> publishers_;
    std::unique_ptr<dead_letter_service, void (*)(dead_letter_service*)> letters_end_{
        nullptr, nullptr};  ///< before publishers
    std::unique_ptr<record::pool> pool_;
    std::unique_ptr<relay::server> relay_;
    std::unique_ptr<api::admin_server> admin_;
};

}  // namespace tapes::app
