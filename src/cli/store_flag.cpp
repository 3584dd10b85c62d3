#include "commands.hpp"

namespace tapes::cli {

void add_store_flag(CLI::App& command, command_context& context) {
    command
        .add_option_function<std::string>(
            "-s,--sqlite",
            [&context](const std::string& value) {
                context.inputs.flags.push_back({"storage.sqlite_path", value, "--sqlite"});
            },
            "the store (default: tapes.sqlite in the config dir)")
        ->type_name("PATH")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace tapes::cli
