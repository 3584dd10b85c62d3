#pragma once

#include "file/place.hpp"
#include "file/sqlite.hpp"

#include <string>

namespace tapes::store {

/// Removes a database with the files that SQLite makes beside it, as far as they are there.
void remove_with_log(const std::string& path);

/// Writes all that `from` holds, its WAL included, into the new file `to` (0600), and waits for the disk.
/// Throws sqlite_error, after which there is no such file; also where there was one before.
void copy_store(connection& from, const std::string& to);

/// Writes all that `from` holds to the place where its file was, and counts a placement: who reads the store
/// opens it anew. A file that stands there by now is left alone. Throws sqlite_error.
void write_anew(connection& from, const store_place& place);

/// Makes `directory` and what is missing above it, for this user alone. Returns the errno, 0: it is there.
int make_private_directory(const std::string& directory);

}  // namespace tapes::store
