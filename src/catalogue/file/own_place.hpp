#pragma once

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/store/file_identity.hpp>

#include <string>

namespace tapes::catalogue {

using store::file_identity;
using store::identity_of;
/// Tells whether the open `file` is what stands at `path`.
bool is_open_at(int file, const std::string& path);

/// As catalogue::path_of; `store_id` is asked for where it must be in the cache directory.
template <class Id>
std::string place_of(const std::string& store_path, Id&& store_id);

/// Whether a catalogue of `store` can be kept beside it.
bool can_be_beside(const std::string& beside);

template <class Id>
std::string place_of(const std::string& store_path, Id&& store_id) {
    auto beside = store::resolved(store_path) + ".catalogue";
    return can_be_beside(beside) ? beside : cache_directory() + "/" + store_id() + ".catalogue";
}

}  // namespace tapes::catalogue
