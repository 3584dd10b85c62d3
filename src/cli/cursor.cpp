#include "commands.hpp"

#include <tapes/app/cursors.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* cursor_examples = R"(Examples:
  tapes cursor list                    how far each publisher has come
  tapes cursor set kafka 1200          rows of the log up to 1200 count as published
  tapes cursor reset kafka             publish everything again
  tapes cursor delete old-sink         forget the cursor of a publisher that is gone

A change goes through the process that has the store, when one runs: see admin.listen and admin.token.)";

void add_cursor_list(CLI::App& parent, command_context& context) {
    const auto json = std::make_shared<bool>();
    auto* command = parent.add_subcommand("list", "list every cursor, and how far it is behind");
    command->fallthrough();
    command->add_flag("--json", *json, "as one JSON object");
    set_action(*command, context, [&context, json] {
        return app::list_cursors(load_config(context).values, *json, context.out);
    });
}

void add_cursor_set(CLI::App& parent, command_context& context) {
    const auto name = std::make_shared<std::string>();
    const auto seq = std::make_shared<std::uint64_t>();
    auto* command = parent.add_subcommand("set", "put a cursor at a row of the log");
    command->fallthrough();
    command->add_option("name", *name, "name of the cursor")->type_name("NAME")->required();
    command->add_option("row", *seq, "the last one that counts as done; 0: none")
        ->type_name("ROW")
        ->required()
        ->check(whole_number);
    set_action(*command, context, [&context, name, seq] {
        return app::set_cursor(load_config(context).values, *name, *seq, context.out);
    });
}

void add_cursor_reset(CLI::App& parent, command_context& context) {
    const auto name = std::make_shared<std::string>();
    auto* command = parent.add_subcommand("reset", "put a cursor before the first row");
    command->fallthrough();
    command->add_option("name", *name, "name of the cursor")->type_name("NAME")->required();
    set_action(*command, context, [&context, name] {
        return app::set_cursor(load_config(context).values, *name, 0, context.out);
    });
}

void add_cursor_delete(CLI::App& parent, command_context& context) {
    const auto name = std::make_shared<std::string>();
    auto* command = parent.add_subcommand("delete", "forget a cursor");
    command->fallthrough();
    command->add_option("name", *name, "name of the cursor")->type_name("NAME")->required();
    set_action(*command, context, [&context, name] {
        return app::delete_cursor(load_config(context).values, *name, context.out);
    });
}

}  // namespace

void add_cursor(CLI::App& root, command_context& context) {
    auto* command = root.add_subcommand("cursor", "show and move how far publishers have come in the log");
    command->fallthrough();
    command->require_subcommand(1);
    add_store_flag(*command, context);
    add_cursor_list(*command, context);
    add_cursor_set(*command, context);
    add_cursor_reset(*command, context);
    add_cursor_delete(*command, context);
    command->footer(cursor_examples);
}

}  // namespace tapes::cli
