#pragma once

#include <string>

namespace tapes::store {

/// Throws open_error, in one line with the system's reason, unless `path` is a file that may be read. Opens
/// nothing: closing a file would release the POSIX locks that this process has on it.
void check_file(const std::string& path);

/// `path`, where it is a store of this version; else throws open_error with one line that says what it is.
/// For the initializer of a connection, before any statement is prepared: a file that is none of ours has no
/// table to complain about.
const std::string& readable(const std::string& path);

}  // namespace tapes::store
