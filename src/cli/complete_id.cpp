#include "commands.hpp"

#include <tapes/app/complete_ids.hpp>

#include <memory>

namespace tapes::cli {

void add_complete_id(CLI::App& root, command_context& context) {
    const auto kind = std::make_shared<std::string>();
    const auto prefix = std::make_shared<std::string>();
    auto* command = root.add_subcommand("complete-id", "print names that begin so, for completion scripts");
    command->group("");  // shown in no help
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("kind", *kind)->required()->check(CLI::IsMember({"all", "session", "exchange"}));
    command->add_option("prefix", *prefix);
    set_action(*command, context, [&context, kind, prefix] {
        const auto wanted = *kind == "session"    ? app::completed_ids::sessions
                            : *kind == "exchange" ? app::completed_ids::exchanges
                                                  : app::completed_ids::all;
        return app::complete_ids(config::load(context.inputs).values, wanted, *prefix, context.out);
    });
}

}  // namespace tapes::cli
