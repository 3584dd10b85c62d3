#pragma once

#include <tapes/store/store.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace tapes::store {

/// A row that was not imported, and why. What stands behind it in its chain is left out with it.
struct bad_row {
    std::string hash;  ///< as the file has it
    std::string reason;
};

struct import_options {
    std::string from;       ///< a tapes v0.4 file; only read
    bool announce = false;  ///< new nodes get log rows, by which cursors publish them
};

struct import_report {
    std::uint64_t added = 0;
    std::uint64_t known = 0;    ///< were in the store
    std::uint64_t bad = 0;      ///< told one by one
    std::uint64_t behind = 0;   ///< left out because they stand behind a bad row
    std::uint64_t undated = 0;  ///< of `added`: without a date that can be read, so with that of the import
};

/// Throws open_error, in one line, unless `path` is a tapes v0.4 file that can be read.
void check_reference_file(const std::string& path);

/// Takes the nodes of a tapes v0.4 file into the store that `lock` holds, parents first, in transactions of
/// about a thousand. Hashes stay: each is computed again, and a row that has another is bad. What is in the
/// store is left as it is, so that an import can be repeated, also one that broke off. There must be no
/// writer. Memory: about 200 bytes for each node of the file, and its largest content.
/// `on_bad` is called for each bad row as it is found. Throws open_error for a file that is none of v0.4, and
/// std::runtime_error where reading or writing fails; whole transactions stay.
import_report import_reference(const store_lock& lock, const import_options& what,
                               const std::function<void(const bad_row&)>& on_bad);

}  // namespace tapes::store
