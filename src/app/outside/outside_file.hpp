#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tapes::app {

/// What a file that is imported is, by its first bytes.
enum class outside_kind {
    reference_store,  ///< SQLite: a database of tapes v0.4
    har,
    json_lines,  ///< or one array of such objects
    unknown,
};

/// Throws store::open_error, in one line, where the file cannot be read.
outside_kind kind_of_file(const std::string& path);

/// Where one entry stands: "entry 3", "line 7".
struct entry_place {
    std::string name;
    std::uint64_t read = 0;   ///< bytes of the file so far
    std::uint64_t total = 0;  ///< of the file
};

/// An entry of more than that is not read.
inline constexpr std::size_t longest_entry = std::size_t{96} << 20;

/// Calls `take` with the JSON text of each entry of a HAR file, or of each line (element) of a JSON file; one
/// is held at a time. `bad` is called for those that are too long or no JSON. Throws store::open_error where
/// the file cannot be read, or is no such file.
void visit_entries(const std::string& path, outside_kind kind,
                   const std::function<void(std::string_view json, const entry_place&)>& take,
                   const std::function<void(const entry_place&, const std::string& reason)>& bad);

}  // namespace tapes::app
