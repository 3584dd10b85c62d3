#include "commands.hpp"

namespace tapes::cli {

void add_store_flag(CLI::App& command, context& with) {
    command
        .add_option_function<std::string>(
            "-s,--sqlite",
            [&with](const std::string& value) {
                with.from.flags.push_back({"storage.sqlite_path", value, "--sqlite"});
            },
            "the store (default: tapes.sqlite in the config dir)")
        ->type_name("PATH")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace tapes::cli
