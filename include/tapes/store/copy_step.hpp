#pragma once

#include <cstdint>
#include <string>

namespace tapes::store {

/// The file that a copy is written to. Who asks for the copy has made it and keeps it locked (partial_file).
struct copy_target {
    std::string path;          ///< absolute, and ends in ".partial"
    std::uint64_t device = 0;  ///< of that file
    std::uint64_t inode = 0;
};

/// How far a copy has come.
struct copy_progress {
    std::uint64_t left = 0;  ///< pages
    std::uint64_t all = 0;
    std::uint64_t page_bytes = 0;
    std::uint64_t copied = 0;  ///< by the step
    bool whole = false;        ///< nothing is left; the copy is as the store is at this moment, and has ended
};

}  // namespace tapes::store
