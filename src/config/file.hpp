#pragma once

#include <string>

namespace tapes::config {

/// "<directory>/config.toml".
std::string config_file(const std::string& directory);

/// The whole file, "" where there is none. Throws error where it cannot be read.
std::string read_config_file(const std::string& path);

/// The basename of the git top level around `directory`, else of `directory` itself.
std::string project_of(const std::string& directory);

}  // namespace tapes::config
