#pragma once

#include <string>

namespace tapes::store {

/// Says why the open `file`, which stands beside the store `store`, may not be written to as a file of ours:
/// it is no regular file, has another name as well (a hard link leads to what belongs to somebody), or is
/// owned by neither this user nor the owner of the store (`store` "": it must be this user's). Returns ""
/// where it may.
std::string problem_of_own_file(int file, const std::string& store);

}  // namespace tapes::store
