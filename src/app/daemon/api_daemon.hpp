#pragma once

#include "daemon/live_events.hpp"

#include <tapes/api/admin_client.hpp>
#include <tapes/api/admin_server.hpp>
#include <tapes/api/metrics.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/catalogue/catalogue.hpp>
#include <tapes/config/config.hpp>
#include <tapes/store/reading_place.hpp>

#include <memory>
#include <optional>

namespace tapes::app {

/// The read API alone, on a store that another process writes, or nobody: it writes nothing but the
/// catalogue, which it keeps where no other process does. Its members stand in the order of start.
class api_daemon {
public:
    /// Listens on admin.listen. Throws std::exception in one line when it cannot.
    explicit api_daemon(const config::settings& settings);
    ~api_daemon();
    api_daemon(const api_daemon&) = delete;
    api_daemon& operator=(const api_daemon&) = delete;

    /// Where it listens, and its token.
    const api::admin_address& address() const noexcept { return address_; }

private:
    std::optional<store::reading_place> place_;  ///< nothing: there was no store at the start
    capture::ledger account_;
    api::metrics figures_;
    std::unique_ptr<catalogue::keeper> keeper_;
    std::unique_ptr<live_events> live_;
    std::unique_ptr<api::admin_server> server_;
    api::admin_address address_;
};

}  // namespace tapes::app
