#include "commands.hpp"

#include <tapes/app/reading.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* show_record_examples = R"(Examples:
  tapes show                            the newest session
  tapes show @1 --tools                 the one before, with what tools were given and gave
  tapes show 3f2a9c81                   the chain that ends with this node
  tapes show 01890a5d --json            the turn of an exchange, one JSON object a line
  tapes show @ --turn 3 --thinking

ID is a session, the hash of a node, an exchange (its UUID or seq), or as much of the beginning as is unique;
@ is the newest session, @1 the one before it.)";

}  // namespace

void add_show(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::shown_record>();
    auto* command = root.add_subcommand("show", "show what was said in a session, a chain or an exchange");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("id", request->id, "a session, node or exchange (default @, the newest session)")
        ->type_name("ID");
    command->add_flag("--thinking", request->thinking, "what was thought, too");
    command->add_flag("--tools", request->tools, "what tools were given and gave, whole");
    auto* raw = command->add_flag("--raw", request->raw, "messages whole, as the store holds them (JSON)");
    command->add_option("--thread", request->thread, "one thread of a session, from 1")
        ->type_name("N")
        ->check(whole_number);
    command->add_option("--turn", request->turn, "one turn, from 1")->type_name("N")->check(whole_number);
    add_json_flag(*command, request->json)->excludes(raw);
    add_screen_flags(*command, request->screen);
    command->footer(show_record_examples);
    set_action(*command, context, [&context, request] {
        return app::show_record(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace tapes::cli
