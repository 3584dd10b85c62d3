#pragma once

#include "commands.hpp"

#include <span>

namespace tapes::cli {

/// A flag that is one key of the configuration.
struct key_flag {
    const char* names;
    const char* shown;  ///< as errors and `tapes config` name it
    const char* key;
    const char* type;
    const char* about;
};

/// Adds flags that set keys of the configuration. `flags` outlives the command.
void add_key_flags(CLI::App& command, command_context& context, std::span<const key_flag> flags);

/// Adds `--set KEY=VALUE`.
void add_set_flag(CLI::App& command, command_context& context);

}  // namespace tapes::cli
