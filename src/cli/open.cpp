#include "commands.hpp"

#include <tapes/app/open.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* open_examples = R"(Examples:
  tapes open                            all sessions, in your browser
  tapes open @                          the newest session
  tapes open 3f2a9c81                   a node, an exchange or a session, by its beginning
  tapes open --print                    the address alone: it is good once, for thirty seconds

The process that records serves the page on its admin listener. Where there is none, this command serves it
until Ctrl-C. BROWSER names the browser (commands with ":" between them, %s for the address); else xdg-open is
asked. See docs/commands.md.)";

}  // namespace

void add_open(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::open_request>();
    auto* command = root.add_subcommand("open", "read the record in a browser");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("id", request->id, "a session, node or exchange (default: the list of sessions)")
        ->type_name("ID");
    command->add_flag("--print", request->print, "print the address, and open nothing");
    add_json_flag(*command, request->json);
    command->footer(open_examples);
    set_action(*command, context, [&context, request] {
        return app::open_page(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace tapes::cli
