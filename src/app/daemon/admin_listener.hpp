#pragma once

#include "daemon/dead_letter_service.hpp"
#include "daemon/publishers.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/api/metrics.hpp>
#include <tapes/api/route.hpp>
#include <tapes/config/config.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/writer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

/// What the admin listener of every process that has a store shows and changes. All of it outlives the
/// listener.
struct admin_parts {
    const api::metrics& figures;
    store::store_lock& lock;
    store::writer& writer;
    dead_letter_service& letters;
    publishers& publishing;
    std::function<std::vector<std::string>()> not_ready;  ///< see api::admin_options
};

/// Opens it, with `routes` beside those that every process has, and tells commands where it is. Nothing where
/// none is configured. Throws std::runtime_error in one line where it cannot listen.
std::unique_ptr<api::admin_server> open_admin_listener(const config::admin_settings& how, admin_parts with,
                                                       api::route_table routes = {});

}  // namespace tapes::app
