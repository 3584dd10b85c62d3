#include "commands.hpp"

#include <ostream>

namespace tapes::cli {

std::string version_line() {
    return "tapes " TAPES_VERSION;
}

void add_version(CLI::App& root, context& with) {
    root.add_subcommand("version", "print the version")->preparse_callback([&](std::size_t) {
        with.chosen = [&] {
            with.out << version_line() << "\n";
            return done;
        };
    });
}

}  // namespace tapes::cli
