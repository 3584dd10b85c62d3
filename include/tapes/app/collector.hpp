#pragma once

#include <tapes/config/config.hpp>

#include <iosfwd>
#include <string>

namespace tapes::app {

/// Runs a collector until SIGINT or SIGTERM, then stops it: what was read is stored and committed. Call once,
/// from the main thread, before others are started. Returns 0 after an orderly stop. Throws std::exception
/// with one line for people where it cannot start, or a consumer has failed for good.
int run_collector(const config::settings& how);

/// Reads the whole topic, from its beginning to its end as of now, into a new store at `to`. Returns 0 when
/// everything is there, 1 when nodes are missing or messages could not be taken, which it says on `err`.
/// Throws as above; a store that is not complete stays where it is.
int rebuild_store(const config::settings& how, const std::string& to, std::ostream& out, std::ostream& err);

/// Lists the nodes that wait for their parents: one line each, or JSON. Returns 0.
int list_orphans(const config::settings& how, bool json, std::ostream& out);

}  // namespace tapes::app
