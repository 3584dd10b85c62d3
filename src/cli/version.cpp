#include "commands.hpp"

namespace tapes::cli {

std::string version_line() {
    return "tapes " TAPES_VERSION;
}

void add_version(CLI::App& root, command_context& context) {
    set_action(*root.add_subcommand("version", "print the version"), context, [&context] {
        context.out << version_line() << "\n";
        return done;
    });
}

}  // namespace tapes::cli
