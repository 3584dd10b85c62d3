#include "commands.hpp"

#include <tapes/app/cursors.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* cursor_examples = R"(Examples:
  tapes cursor list                    how far each publisher has come
  tapes cursor set kafka 1200          rows of the log up to 1200 count as published
  tapes cursor reset kafka             publish everything again
  tapes cursor delete old-sink         of a publisher that is gone

A change goes through the process that has the store, when one runs: see admin.listen and admin.token.)";

void add_cursor_list(CLI::App& parent, context& with) {
    const auto json = std::make_shared<bool>();
    auto* command = parent.add_subcommand("list", "every cursor, and how far it is behind");
    command->fallthrough();
    command->add_flag("--json", *json, "as one JSON object");
    command->preparse_callback([&with, json](std::size_t) {
        with.chosen = [&with, json] { return app::list_cursors(load_config(with).values, *json, with.out); };
    });
}

void add_cursor_set(CLI::App& parent, context& with) {
    const auto name = std::make_shared<std::string>();
    const auto seq = std::make_shared<std::uint64_t>();
    auto* command = parent.add_subcommand("set", "put a cursor at a row of the log");
    command->fallthrough();
    command->add_option("name", *name, "of the cursor")->type_name("NAME")->required();
    command->add_option("row", *seq, "the last one that counts as done; 0: none")
        ->type_name("ROW")
        ->required()
        ->check(whole_number);
    command->preparse_callback([&with, name, seq](std::size_t) {
        with.chosen = [&with, name, seq] {
            return app::set_cursor(load_config(with).values, *name, *seq, with.out);
        };
    });
}

void add_cursor_reset(CLI::App& parent, context& with) {
    const auto name = std::make_shared<std::string>();
    auto* command = parent.add_subcommand("reset", "put a cursor before the first row");
    command->fallthrough();
    command->add_option("name", *name, "of the cursor")->type_name("NAME")->required();
    command->preparse_callback([&with, name](std::size_t) {
        with.chosen = [&with, name] { return app::set_cursor(load_config(with).values, *name, 0, with.out); };
    });
}

void add_cursor_delete(CLI::App& parent, context& with) {
    const auto name = std::make_shared<std::string>();
    auto* command = parent.add_subcommand("delete", "forget a cursor");
    command->fallthrough();
    command->add_option("name", *name, "of the cursor")->type_name("NAME")->required();
    command->preparse_callback([&with, name](std::size_t) {
        with.chosen = [&with, name] { return app::delete_cursor(load_config(with).values, *name, with.out); };
    });
}

}  // namespace

void add_cursor(CLI::App& root, context& with) {
    auto* command = root.add_subcommand("cursor", "how far publishers have come in the log");
    command->fallthrough();
    command->require_subcommand(1);
    add_store_flag(*command, with);
    add_cursor_list(*command, with);
    add_cursor_set(*command, with);
    add_cursor_reset(*command, with);
    add_cursor_delete(*command, with);
    command->footer(cursor_examples);
}

}  // namespace tapes::cli
