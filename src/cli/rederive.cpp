#include "commands.hpp"

#include <tapes/app/rederive.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* rederive_examples = R"(Examples:
  tapes rederive --to new.sqlite
  tapes rederive --sqlite old.sqlite --to new.sqlite

Makes the nodes again from the bytes that were kept of each exchange, in the order of the log, and compares
the hashes. What an earlier version could not map becomes turns. The old store is only read.
Exit code 0: the hashes are the same; 1: some differ, and are listed.)";

}  // namespace

void add_rederive(CLI::App& root, command_context& context) {
    const auto to = std::make_shared<std::string>();
    auto* command = root.add_subcommand("rederive", "make a new store of the bytes that a store has kept");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("--to", *to, "the new store, a file that does not exist yet")
        ->type_name("FILE")
        ->required();
    command->footer(rederive_examples);
    set_action(*command, context, [&context, to] {
        return app::rederive_store(load_config(context).values, *to, context.out, context.err);
    });
}

}  // namespace tapes::cli
