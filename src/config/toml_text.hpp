#pragma once

#include "values.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tapes::config {

/// A leaf of a TOML file.
struct toml_leaf {
    std::string path;  ///< "proxy.listen"
    raw value;
    unsigned line = 0;  ///< from 1
    /// Byte range of the value's text in the file, for replacing it.
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// All leaves in the order of the file; those of tables [[publisher]] as "publisher[0].name". An empty table
/// yields nothing, tables [[prices]] neither (toml_tables.hpp). Throws std::runtime_error
/// "line N: what" where the text is no TOML or holds what no key of ours can be (a date, a float, nested
/// lists).
std::vector<toml_leaf> toml_leaves(const std::string& text);

/// Refuses what nests too deep, whether by dotted names, by inline tables or by arrays, before it is parsed.
/// Throws std::runtime_error.
void check_toml_depth(std::string_view text);

/// A TOML basic string, quoted.
std::string toml_string(std::string_view text);

/// Reads `["a", "b"]`; false when that is no TOML array of strings.
bool toml_list(std::string_view text, std::vector<std::string>& items);

}  // namespace tapes::config
