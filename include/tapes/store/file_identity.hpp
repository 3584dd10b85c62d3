#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

namespace tapes::store {

/// What tells a file from others for as long as it is open.
using file_identity = std::pair<dev_t, ino_t>;
/// Nothing where no file is at the path.
std::optional<file_identity> identity_of(const std::string& path);

/// The path of a store with its links resolved, as SQLite keeps its WAL there: what stands beside it has one
/// name, by whatever name the store is reached.
std::string resolved(const std::string& path);

}  // namespace tapes::store
