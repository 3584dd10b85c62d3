#include "commands.hpp"

namespace tapes::cli {

void add_text_options(CLI::App& command, std::initializer_list<text_option> options) {
    for (const auto& one : options) {
        command.add_option(one.name, one.value, one.about)->type_name(one.type);
    }
}

CLI::Option* add_json_flag(CLI::App& command, bool& json) {
    return command.add_flag("--json", json, "an object in each line; see docs/commands.md");
}

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
