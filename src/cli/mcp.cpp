#include "commands.hpp"

#include <tapes/app/mcp.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* mcp_examples = R"(Examples:
  claude mcp add tapes -- tapes mcp                        for Claude Code
  codex mcp add tapes -- tapes mcp                         for Codex
  tapes mcp --all-projects --sqlite /srv/tapes.sqlite

A client starts it, and speaks the Model Context Protocol with it on standard input and output. It only reads.
Its answers hold nothing but what was recorded in the project of the working directory (the name of the git top
level, else of the directory), unless --all-projects is given. See docs/mcp.md.)";

}  // namespace

void add_mcp(CLI::App& root, command_context& context) {
    const auto all = std::make_shared<bool>(false);
    auto* command = root.add_subcommand("mcp", "let an agent ask the record (Model Context Protocol)");
    command->fallthrough();
    add_store_flag(*command, context);
    command
        ->add_option_function<std::string>(
            "--project",
            [&context](const std::string& value) {
                context.inputs.flags.push_back({"proxy.project", value, "--project"});
            },
            "the project that answers are limited to (default: that of the working directory)")
        ->type_name("NAME")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    command->add_flag("--all-projects", *all, "answer from all projects");
    command->footer(mcp_examples);
    set_action(*command, context, [&context, all] {
        constexpr std::size_t name_size = 6;  // "tapes "
        return app::serve_mcp(load_config(context).values, version_line().substr(name_size), *all);
    });
}

}  // namespace tapes::cli
