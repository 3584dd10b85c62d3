#pragma once

#include <tapes/sqlite/connection.hpp>

#include <cstdint>

namespace tapes::catalogue {

inline constexpr std::int64_t application_id = 0x74617063;  ///< "tapc"

/// The version that this program makes and reads. Any change of what stands in a catalogue, also of how it is
/// found out, makes it another: catalogues of other versions are made anew.
inline constexpr std::int64_t catalogue_version = 11;

/// Makes the tables of a new file, in one transaction that also marks it as ours. Throws sqlite_error.
void make_schema(sqlite::connection& db);

}  // namespace tapes::catalogue
