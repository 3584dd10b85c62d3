#include "commands.hpp"

#include <tapes/app/orphans.hpp>

#include <memory>

namespace tapes::cli {

void add_orphans(CLI::App& root, command_context& context) {
    const auto json = std::make_shared<bool>(false);
    auto* command = root.add_subcommand("orphans",
                                        "list the nodes of a collector's store that wait for their "
                                        "parents");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_flag("--json", *json, "one JSON object a line");
    command->footer("Examples:\n  tapes orphans --sqlite central.sqlite");
    set_action(*command, context, [&context, json] {
        return app::list_orphans(load_config(context).values, *json, context.out);
    });
}

}  // namespace tapes::cli
