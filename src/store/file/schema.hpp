#pragma once

#include "file/sqlite.hpp"

namespace tapes::store {

inline constexpr std::int64_t application_id = 0x74617065;  ///< "tape"

/// The version that this program writes.
std::int64_t schema_version() noexcept;

/// Whose file an open connection sees.
enum class owner { nobody, ours, reference, somebody_else };
owner owner_of(connection& db);

/// Brings the file from `user_version` to `schema_version()` in one transaction. Throws sqlite_error.
void migrate(connection& db);

}  // namespace tapes::store
