#include "commands.hpp"

namespace tapes::cli {

void add_screen_flags(CLI::App& command, app::screen_options& screen) {
    command
        .add_option_function<std::string>(
            "--color",
            [&screen](const std::string& when) {
                screen.colour = when == "always"  ? app::colour_choice::always
                                : when == "never" ? app::colour_choice::never
                                                  : app::colour_choice::automatic;
            },
            "auto (on a terminal, unless NO_COLOR is set), always or never")
        ->type_name("WHEN")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    command.add_flag_callback(
        "--no-pager", [&screen] { screen.pager = false; },
        "write to the terminal itself, not through $TAPES_PAGER, $PAGER or less");
}

}  // namespace tapes::cli
