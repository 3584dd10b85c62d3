#pragma once

#include "backup/partial_file.hpp"
#include "file/sqlite.hpp"

#include <tapes/store/backup.hpp>

#include <string>

namespace tapes::store {

/// Throws open_error unless `path` is a store of this schema version, or of an earlier one.
void check_copyable(const std::string& path);

/// Throws open_error unless the disk of `path` has room for `bytes`.
void check_room(const std::string& path, std::uint64_t bytes);

/// Reads what the copy at `path` holds. Throws open_error.
void read_figures(const std::string& path, backup_figures& into);

/// Has options.maker copy all that `from` holds. False: it does not; nothing is copied. Does not wait for the
/// disk. Throws open_error, and what the maker throws.
bool copy_through(const backup_options& options, const partial_file& to, backup_figures& into);

/// Copies all that `from` holds at this moment, with SQLite's backup API (https://sqlite.org/backup.html): a
/// read transaction keeps the WAL from starting over until it is done. Does not wait for the disk. Throws
/// open_error.
void copy_snapshot(const backup_options& options, const partial_file& to, backup_figures& into);

}  // namespace tapes::store
