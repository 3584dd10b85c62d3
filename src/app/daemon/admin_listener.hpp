#pragma once

#include "daemon/daemon_store.hpp"
#include "daemon/publishers.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/api/route.hpp>
#include <tapes/config/config.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

/// Opens the admin listener of a process and tells commands where it is; returns nullptr when none is
/// configured. It has `routes` beside those of every process. `store` and `publishers` must outlive it.
/// `not_ready` is that of api::admin_options. Throws std::runtime_error in one line when it cannot listen.
std::unique_ptr<api::admin_server> open_admin_listener(const config::admin_settings& settings,
                                                       daemon_store& store, publishers& publishers,
                                                       std::function<std::vector<std::string>()> not_ready,
                                                       api::route_table routes);

}  // namespace tapes::app
