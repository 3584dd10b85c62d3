#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/app/screen_options.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/cli/command_line.hpp>

#include <CLI/CLI.hpp>

#include <initializer_list>
#include <string>
#include <vector>

/// One function per command, each in a file of its own: it adds the command to its parent. A command that is
/// chosen leaves its action in `command_context::chosen`, which runs after the whole line was understood.
namespace tapes::cli {

/// The world of one command line.
struct command_context {
    const actions& act;
    config::inputs inputs;  ///< flags and --config-dir gather here
    app::printer& out;
    app::printer& err;
    std::function<int()> chosen;
    std::vector<std::string> behind_dashes{};  ///< of `tapes run`: the words behind "--", as they came
};

/// A mistake in the command line that CLI11 does not see.
using app::usage_error;

/// Sets the action of a command, which runs if it is the last command that the line names.
void set_action(CLI::App& command, command_context& context, std::function<int()> action);

void add_serve(CLI::App& root, command_context& context);
void add_run(CLI::App& root, command_context& context);
void add_serve_proxy(CLI::App& serve, command_context& context);
void add_serve_mock(CLI::App& serve, command_context& context);
void add_serve_collector(CLI::App& serve, command_context& context);
void add_serve_api(CLI::App& serve, command_context& context);
void add_config(CLI::App& root, command_context& context);
void add_import(CLI::App& root, command_context& context);
void add_dlq(CLI::App& root, command_context& context);
void add_cursor(CLI::App& root, command_context& context);
void add_exchange(CLI::App& root, command_context& context);
void add_verify(CLI::App& root, command_context& context);
void add_backup(CLI::App& root, command_context& context);
void add_restore(CLI::App& root, command_context& context);
void add_rederive(CLI::App& root, command_context& context);
void add_rebuild(CLI::App& root, command_context& context);
void add_orphans(CLI::App& root, command_context& context);
void add_replay(CLI::App& root, command_context& context);
void add_log(CLI::App& root, command_context& context);
void add_show(CLI::App& root, command_context& context);
void add_search(CLI::App& root, command_context& context);
void add_tree(CLI::App& root, command_context& context);
void add_diff(CLI::App& root, command_context& context);
void add_stats(CLI::App& root, command_context& context);
void add_why(CLI::App& root, command_context& context);
void add_tail(CLI::App& root, command_context& context);
void add_mcp(CLI::App& root, command_context& context);
void add_open(CLI::App& root, command_context& context);
void add_export(CLI::App& root, command_context& context);
void add_version(CLI::App& root, command_context& context);
void add_completion(CLI::App& root, command_context& context);
void add_complete_id(CLI::App& root, command_context& context);

/// Adds `--sqlite`, for commands that work on a store.
void add_store_flag(CLI::App& command, command_context& context);

/// An option whose value is taken as it stands.
struct text_option {
    const char* name;
    std::string& value;  ///< outlives the command
    const char* type;    ///< what the help calls the value
    const char* about;
};
void add_text_options(CLI::App& command, std::initializer_list<text_option> options);

/// Adds `--json` of a command that reads, and returns it.
CLI::Option* add_json_flag(CLI::App& command, bool& json);
/// Adds `--color` and `--no-pager`. `screen` outlives the command.
void add_screen_flags(CLI::App& command, app::screen_options& screen);

/// Checks for CLI11 that a text is a number of digits alone, at most 2^63 - 1: CLI11 itself lets an unsigned
/// number wrap around.
std::string whole_number(const std::string& text);

/// Adds the flags that `serve` and `serve proxy` share.
void add_proxy_flags(CLI::App& command, command_context& context);
int serve_proxy(command_context& context);

/// Loads and checks the configuration; writes its warnings to `err`.
config::loaded load_config(command_context& context);

/// "tapes 0.1.0"
std::string version_line();

}  // namespace tapes::cli
