#pragma once

#include <tapes/catalogue/catalogue.hpp>

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

namespace tapes::catalogue {

/// What tells a file from others for as long as it is open.
using file_identity = std::pair<dev_t, ino_t>;
/// Nothing where no file is at the path.
std::optional<file_identity> identity_of(const std::string& path);
/// Tells whether the open `file` is what stands at `path`.
bool is_open_at(int file, const std::string& path);

/// The path of the store with its links resolved, as SQLite keeps its WAL there: one catalogue by whatever
/// name the store is reached.
std::string resolved(const std::string& path);

/// As catalogue::path_of; `store_id` is asked for where it must be in the cache directory.
template <class Id>
std::string place_of(const std::string& store_path, Id&& store_id);

/// Whether a catalogue of `store` can be kept beside it.
bool can_be_beside(const std::string& beside);

template <class Id>
std::string place_of(const std::string& store_path, Id&& store_id) {
    auto beside = resolved(store_path) + ".catalogue";
    return can_be_beside(beside) ? beside : cache_directory() + "/" + store_id() + ".catalogue";
}

}  // namespace tapes::catalogue
