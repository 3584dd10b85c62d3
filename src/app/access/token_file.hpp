#pragma once

#include <string>

namespace tapes::app {

/// Returns the token of the admin listener of whoever serves this store, where none is configured: 256 random
/// bits in `<store>.token`, which only its owner can read (0600), or in the cache directory under the store's
/// id where nothing can be written beside the store. Makes it where there is none yet; one that others could
/// have read is made anew. Throws std::runtime_error in one line where that cannot be, and where something
/// else stands in its place.
std::string made_token(const std::string& store_path);

/// Returns the token that made_token() made; "" where there is none. Throws std::runtime_error in one line
/// where it is there and may not be read, or is not to be trusted.
std::string find_token(const std::string& store_path);

/// Reads a token from the file at `path`, which must be this user's, or that of whom `store` ("": nobody)
/// belongs to, and private. Throws std::runtime_error in one line.
std::string read_token_file(const std::string& path, const std::string& store = {});

}  // namespace tapes::app
