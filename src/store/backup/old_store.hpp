#pragma once

#include <string>

namespace tapes::store {

/// Gives the store at `path`, whose place_lock is held, the new name that it returns, with all that was
/// committed to it. It keeps its old name as well, for another file to be put in its place: unless SQLite
/// cannot fold its WAL into it, for then the WAL goes along, and nothing is left at `path`. Killed at any
/// moment, it leaves the store whole under one of the names. Throws open_error.
std::string move_store_aside(const std::string& path);

}  // namespace tapes::store
