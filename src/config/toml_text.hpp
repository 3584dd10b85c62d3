#pragma once

#include "values.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The one place that knows toml++.
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
/// yields nothing. Throws std::runtime_error
/// "line N: what" where the text is no TOML or holds what no key of ours can be (a date, a float, nested
/// lists).
std::vector<toml_leaf> toml_leaves(const std::string& text);

/// A TOML basic string, quoted.
std::string toml_string(std::string_view text);

/// Reads `["a", "b"]`; false when that is no TOML array of strings.
bool toml_list(std::string_view text, std::vector<std::string>& items);

}  // namespace tapes::config
