#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tapes::config {

/// A table of a list of tables, such as [[prices]].
struct toml_table_text {
    std::string toml;   ///< under the same name, in a text of its own
    unsigned line = 0;  ///< where it begins, from 1
};

/// The tables [[name]] of a file. Throws std::runtime_error "line N: what" where the text is no TOML, or
/// `name` something else.
std::vector<toml_table_text> toml_tables(const std::string& text, std::string_view name);

}  // namespace tapes::config
