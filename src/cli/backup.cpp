#include "commands.hpp"

#include <tapes/app/backup.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* backup_examples = R"(Examples:
  tapes backup /backups/tapes-2026-01-31.sqlite
  tapes backup /backups/tapes.sqlite --force --rate 50     replace the one before, at 50 MB a second

Works while tapes records, and does not make it wait. The file is a whole store of its own, as private as the
first: `tapes show --sqlite FILE` reads it, `tapes restore FILE` puts it back. It has its name only when it is
whole, on the disk and verified; until then it is FILE.partial.)";

constexpr const char* restore_examples = R"(Examples:
  tapes restore /backups/tapes.sqlite                      where no store stands
  tapes restore /backups/tapes.sqlite --force              and move the one that stands there aside

Refused while a process has the store open for writing. What was published after the backup is not in it, and
what is recorded from then on gets the same rows of the log again: see docs/backup.md.)";

}  // namespace

void add_backup(CLI::App& root, command_context& context) {
    const auto order = std::make_shared<app::backup_order>();
    const auto quick = std::make_shared<bool>(false);
    auto* command =
        root.add_subcommand("backup", "copy the store while it is written to, and verify the copy");
    command->fallthrough();
    command->add_option("file", order->to, "the new file")->type_name("FILE")->required();
    add_store_flag(*command, context);
    command->add_flag("--force", order->replace, "replace a file that stands there");
    command->add_flag("--no-verify", *quick, "do not check the copy");
    command->add_option("--rate", order->megabytes_per_second, "copy at most so many megabytes a second")
        ->type_name("MB")
        ->check(whole_number);
    command->add_flag("--json", order->json, "tell it as one JSON object");
    command->footer(backup_examples);
    set_action(*command, context, [&context, order, quick] {
        order->verify = !*quick;
        return app::back_up_store(load_config(context).values, *order, context.out, context.err);
    });
}

void add_restore(CLI::App& root, command_context& context) {
    const auto order = std::make_shared<app::restore_order>();
    const auto quick = std::make_shared<bool>(false);
    auto* command = root.add_subcommand("restore", "put a backup in the store's place");
    command->fallthrough();
    command->add_option("file", order->from, "a backup; it is only read")->type_name("FILE")->required();
    add_store_flag(*command, context);
    command->add_flag("--force", order->replace, "move a store that stands there aside");
    command->add_flag("--no-verify", *quick, "do not check the backup");
    command->add_flag("--json", order->json, "tell it as one JSON object");
    command->footer(restore_examples);
    set_action(*command, context, [&context, order, quick] {
        order->verify = !*quick;
        return app::restore_store(load_config(context).values, *order, context.out, context.err);
    });
}

}  // namespace tapes::cli
