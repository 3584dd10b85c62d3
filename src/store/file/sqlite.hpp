#pragma once

#include <tapes/sqlite/connection.hpp>

/// The names of `sqlite` that all of this room speaks of.
namespace tapes::store {

using sqlite::connection;
using sqlite::reset_at_end;
using sqlite::row_value;
using sqlite::sqlite_error;
using sqlite::statement;

}  // namespace tapes::store
