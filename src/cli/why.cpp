#include "commands.hpp"

#include <tapes/app/reading.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* cache_examples = R"(Examples:
  tapes why                     the newest session: exchanges that missed the prompt cache, the worst first
  tapes why @1 --all            the one before, with exchanges that missed nothing
  tapes why 01890a5d            one exchange: what changed, where, and what it cost
  tapes why 3f2a9c81 --json     the exchange whose answer this node is, as JSON

ID is a session, the hash of a node, an exchange (its UUID or seq), or as much of the beginning as is unique;
@ is the newest session, @1 the one before it.)";

}  // namespace

void add_why(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::cache_question>();
    auto* command = root.add_subcommand("why", "tell why the prompt cache was missed, and what that cost");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("id", request->id, "a session, node or exchange (default @, the newest session)")
        ->type_name("ID");
    command->add_flag("--all", request->all, "of a session also exchanges that missed nothing");
    command
        ->add_option("-n,--limit", request->limit,
                     "the largest number of exchanges (default 50; 0: all, up to 10000)")
        ->type_name("N")
        ->check(whole_number);
    add_json_flag(*command, request->json);
    add_screen_flags(*command, request->screen);
    command->footer(cache_examples);
    set_action(*command, context, [&context, request] {
        return app::explain_cache(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace tapes::cli
