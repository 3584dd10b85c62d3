#pragma once

#include <tapes/store/writer.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tapes::store {

/// How far somebody has come in the log: all rows up to `seq` are done.
struct kept_cursor {
    std::string name;
    std::uint64_t seq = 0;
};

/// Reads all cursors in the order of their names. Throws std::runtime_error.
std::vector<kept_cursor> list_cursors(const std::string& path);

/// Moves a cursor to `seq`, forwards or backwards, and forgets which nodes a cursor with a filter has sent.
/// Whoever moves the cursor must not run meanwhile. Waits for the disk; throws std::runtime_error when
/// nothing can be written.
void set_cursor(writer& store_writer, const std::string& name, std::uint64_t seq);

/// Deletes a cursor. Returns false where there was none. Otherwise as set_cursor.
bool delete_cursor(writer& store_writer, const std::string& name);

}  // namespace tapes::store
