#pragma once

#include "daemon/daemon_store.hpp"
#include "daemon/publishers.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/api/route.hpp>
#include <tapes/config/config.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

/// Returns where the configured store and its catalogue are, for who reads them. Throws config::error for
/// wrong prices.
api::record_place record_place_of(const config::settings& settings);

/// Returns the address by which commands on this machine reach a listener.
std::string listener_url(const std::string& host, std::uint16_t port);

/// Logs where the page is, if this build has one, for whoever starts a process that serves it at `address`.
void tell_page(const std::string& address);

/// Opens the admin listener of a process and tells commands where it is; returns nullptr when none is
/// configured. It has `routes` beside those of every process, which read the configured store. `store` and
/// `publishers` must outlive it.
/// `not_ready` is that of api::admin_options. Throws std::runtime_error in one line when it cannot listen.
std::unique_ptr<api::admin_server> open_admin_listener(const config::settings& settings, daemon_store& store,
                                                       publishers& publishers,
                                                       std::function<std::vector<std::string>()> not_ready,
                                                       api::route_table routes);

}  // namespace tapes::app
