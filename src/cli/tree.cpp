#include "commands.hpp"

#include <tapes/app/reading.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* tree_examples = R"(Examples:
  tapes tree                            the threads of the newest session, and where they fork
  tapes tree @1 --thread 2              one thread of the one before, with what its calls began
  tapes tree 3f2a9c81                   the whole tree of this node, of whichever sessions

Filled dots lead to the newest answer of a thread, or to the node. See also: tapes show, tapes diff.)";

}  // namespace

void add_tree(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::shown_tree>();
    auto* command = root.add_subcommand("tree", "draw where conversations fork, and their threads");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("id", request->id, "a session, node or exchange (default @, the newest session)")
        ->type_name("ID");
    command->add_option("--thread", request->thread, "one thread of a session, from 1")
        ->type_name("N")
        ->check(whole_number);
    command->add_option("-n,--limit", request->limit, "at most so many branches (default 200; 0: all)")
        ->type_name("N")
        ->check(whole_number);
    add_text_options(*command, {{"--after", request->after, "PLACE",
                                 "behind the branches of an earlier tree, which tells it"}});
    command->add_flag("--ascii", request->ascii, "draw with ASCII, also where the locale has Unicode");
    add_json_flag(*command, request->json);
    add_screen_flags(*command, request->screen);
    command->footer(tree_examples);
    set_action(*command, context, [&context, request] {
        return app::show_tree(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace tapes::cli
